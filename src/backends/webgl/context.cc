#include "backends/webgl/context.h"

#include <GLES3/gl3.h>

#include "backends/webgl/platform.h"
#include "backends/webgl/programs.h"
#include "backends/webgl/texture.h"

namespace alice::webgl {

Result<std::shared_ptr<Context>> Context::Shared() {
  static std::weak_ptr<Context> shared;
  if (auto context = shared.lock()) return context;
  ALICE_ASSIGN_OR_RETURN(std::unique_ptr<Platform> platform, Platform::Create());
  std::shared_ptr<Context> context(new Context(std::move(platform)));
  ALICE_RETURN_IF_ERROR(context->Begin());
  shared = context;
  return context;
}

Context::Context(std::unique_ptr<Platform> platform)
    : platform_(std::move(platform)), programs_(std::make_unique<ProgramCache>()) {}

Context::~Context() = default;

Status Context::Begin() {
  platform_->MakeCurrent();
  generation_ = platform_->generation();
  glGetIntegerv(GL_MAX_TEXTURE_SIZE, &max_rows_);
  const auto* renderer = reinterpret_cast<const char*>(glGetString(platform_->renderer_name()));
  if (IsLost() || renderer == nullptr || max_rows_ < kTexelsPerRow) {
    return MakeError(ErrorCode::backend_unavailable, "the WebGL context cannot hold textures of ", kTexelsPerRow,
                     " texels");
  }
  renderer_ = renderer;
  // Draws have neither vertices nor depth; the state stays as it is here.
  GLuint vertices = 0;
  glGenVertexArrays(1, &vertices);
  glBindVertexArray(vertices);
  glDisable(GL_DITHER);
  programs_->Forget();
  return {};
}

Status Context::Use() {
  if (IsLost()) return MakeError(ErrorCode::backend_unavailable, "the WebGL context is lost");
  if (platform_->generation() != generation_) return Begin();
  platform_->MakeCurrent();
  return {};
}

bool Context::IsLost() const { return platform_->IsLost(); }

void Context::Lose() { platform_->Lose(); }

void Context::Restore() { platform_->Restore(); }

}  // namespace alice::webgl
