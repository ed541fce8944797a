#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "backends/webgl/context.h"
#include "tensor/memory_budget.h"

namespace alice::webgl {

/// A tensor on the GPU is its bytes as they lie in memory: texels of four 32-bit words (RGBA32I), kTexelsPerRow in a row. Floats
/// are their bits, u8 codes four in a word. So every tensor is uploaded and read back as it is, a view with another shape needs
/// nothing, and no extension is asked for: integers can always be drawn to.
inline constexpr int kTexelsPerRow = 2048;
inline constexpr std::size_t kTexelBytes = 16;

/// The texels of so many bytes.
constexpr std::size_t TexelsOf(std::size_t bytes) { return (bytes + kTexelBytes - 1) / kTexelBytes; }

/// A part of a texture, from its beginning: `columns` · `rows` is at least the texels that are meant.
struct Extent {
  int columns = 0;
  int rows = 0;

  static constexpr Extent Of(std::size_t texels) {
    const auto in_row = static_cast<std::size_t>(kTexelsPerRow);
    return {static_cast<int>(texels < in_row ? texels : in_row), static_cast<int>((texels + in_row - 1) / in_row)};
  }
  [[nodiscard]] constexpr std::size_t bytes() const {
    return static_cast<std::size_t>(columns) * static_cast<std::size_t>(rows) * kTexelBytes;
  }
};

/// A texture and the framebuffer to draw to it and to read it. Counted in a budget while it lives.
class Texture {
 public:
  Texture() = default;
  Texture(Texture&& other) noexcept { *this = std::move(other); }
  Texture& operator=(Texture&& other) noexcept;
  ~Texture() { Reset(); }

  /// One of at least 1 and at most that many texels. Requires Context::Use. Errors: budget_exceeded; backend_unavailable for
  /// more rows than the context has.
  static Result<Texture> Create(std::shared_ptr<Context> context, MemoryBudget& budget, std::size_t texels);

  /// Takes the texture anew, after the context has come back.
  void Recreate();

  /// The bytes of `texels` texels; as many are readable.
  void Upload(const std::byte* data, std::size_t texels) const;
  /// Writes Extent::Of(texels).bytes() bytes.
  void Read(std::byte* data, std::size_t texels) const;

  void BindAsSource(int unit) const;
  void BindAsTarget() const;

  [[nodiscard]] std::size_t texels() const { return texels_; }
  [[nodiscard]] std::size_t bytes() const { return Extent::Of(texels_).bytes(); }

 private:
  void Reset();

  std::shared_ptr<Context> context_;
  MemoryBudget* budget_ = nullptr;
  std::size_t texels_ = 0;
  std::uint32_t generation_ = 0;
  std::uint32_t texture_ = 0;
  std::uint32_t framebuffer_ = 0;
};

}  // namespace alice::webgl
