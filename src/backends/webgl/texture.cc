#include "backends/webgl/texture.h"

#include <GLES3/gl3.h>
#include <algorithm>
#include <utility>

namespace alice::webgl {
namespace {

/// The unit that textures are made and filled at; draws take theirs from the first on.
constexpr GLenum kWorkUnit = GL_TEXTURE15;

void UploadRows(int first_row, Extent extent, const std::byte* data) {
  glTexSubImage2D(GL_TEXTURE_2D, 0, 0, first_row, extent.columns, extent.rows, GL_RGBA_INTEGER, GL_INT, data);
}

}  // namespace

Texture& Texture::operator=(Texture&& other) noexcept {
  std::swap(context_, other.context_);
  std::swap(budget_, other.budget_);
  std::swap(texels_, other.texels_);
  std::swap(generation_, other.generation_);
  std::swap(texture_, other.texture_);
  std::swap(framebuffer_, other.framebuffer_);
  return *this;
}

Result<Texture> Texture::Create(std::shared_ptr<Context> context, MemoryBudget& budget, std::size_t texels) {
  texels = std::max<std::size_t>(texels, 1);
  const Extent extent = Extent::Of(texels);
  if (extent.rows > context->max_rows()) {
    return MakeError(ErrorCode::backend_unavailable, "a tensor of ", texels * kTexelBytes,
                     " bytes does not fit into a texture");
  }
  ALICE_RETURN_IF_ERROR(budget.Reserve(MemoryKind::textures, extent.bytes()));
  Texture texture;
  texture.context_ = std::move(context);
  texture.budget_ = &budget;
  texture.texels_ = texels;
  texture.Recreate();
  return texture;
}

void Texture::Recreate() {
  generation_ = context_->generation();
  const Extent extent = Extent::Of(texels_);
  glGenTextures(1, &texture_);
  glActiveTexture(kWorkUnit);
  glBindTexture(GL_TEXTURE_2D, texture_);
  glTexStorage2D(GL_TEXTURE_2D, 1, GL_RGBA32I, extent.columns, extent.rows);
  glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MIN_FILTER, GL_NEAREST);
  glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MAG_FILTER, GL_NEAREST);
  glGenFramebuffers(1, &framebuffer_);
  glBindFramebuffer(GL_FRAMEBUFFER, framebuffer_);
  glFramebufferTexture2D(GL_FRAMEBUFFER, GL_COLOR_ATTACHMENT0, GL_TEXTURE_2D, texture_, 0);
}

void Texture::Reset() {
  if (context_ == nullptr) return;
  if (generation_ == context_->generation() && context_->Use().ok()) {
    glDeleteFramebuffers(1, &framebuffer_);
    glDeleteTextures(1, &texture_);
  }
  budget_->Release(MemoryKind::textures, bytes());
  context_ = nullptr;
}

void Texture::Upload(const std::byte* data, std::size_t texels) const {
  glActiveTexture(kWorkUnit);
  glBindTexture(GL_TEXTURE_2D, texture_);
  const auto in_row = static_cast<std::size_t>(kTexelsPerRow);
  const std::size_t rows = texels / in_row;
  const auto row_count = static_cast<int>(rows);
  if (rows > 0) UploadRows(0, {kTexelsPerRow, row_count}, data);
  if (const std::size_t rest = texels % in_row; rest > 0) {
    UploadRows(row_count, {static_cast<int>(rest), 1}, data + rows * in_row * kTexelBytes);
  }
}

void Texture::Read(std::byte* data, std::size_t texels) const {
  BindAsTarget();
  const Extent extent = Extent::Of(texels);
  glReadPixels(0, 0, extent.columns, extent.rows, GL_RGBA_INTEGER, GL_INT, data);
}

void Texture::BindAsSource(int unit) const {
  glActiveTexture(GL_TEXTURE0 + static_cast<GLenum>(unit));
  glBindTexture(GL_TEXTURE_2D, texture_);
}

void Texture::BindAsTarget() const { glBindFramebuffer(GL_FRAMEBUFFER, framebuffer_); }

}  // namespace alice::webgl
