#pragma once

#include <cstdint>
#include <memory>

#include "backends/webgl/context.h"

namespace alice::webgl {

/// Where the context comes from: platform_browser.cc and platform_egl.cc.
struct Context::Platform {
  virtual ~Platform() = default;

  /// Error: backend_unavailable, with the reason.
  static Result<std::unique_ptr<Platform>> Create();

  virtual void MakeCurrent() = 0;
  [[nodiscard]] virtual bool IsLost() const = 0;
  /// How often the context has come back.
  [[nodiscard]] virtual std::uint32_t generation() const = 0;
  /// Which glGetString names what draws.
  [[nodiscard]] virtual unsigned renderer_name() const = 0;
  virtual void Lose() = 0;
  virtual void Restore() = 0;
};

}  // namespace alice::webgl
