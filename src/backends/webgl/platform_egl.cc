#include <EGL/egl.h>
#include <EGL/eglext.h>
#include <GLES3/gl3.h>

#include "backends/webgl/platform.h"

namespace alice::webgl {
namespace {

OwnedError Unavailable(std::string_view what) {
  return MakeError(ErrorCode::backend_unavailable, "there is no OpenGL ES 3.0: ", what);
}

}  // namespace

/// A context on Mesa's surfaceless platform. It is never lost by itself.
struct EglPlatform final : Context::Platform {
  EglPlatform() = default;
  EglPlatform(const EglPlatform&) = delete;
  EglPlatform& operator=(const EglPlatform&) = delete;
  ~EglPlatform() override {
    Drop();
    if (display != EGL_NO_DISPLAY) eglTerminate(display);
  }

  Status Open() {
    display = eglGetPlatformDisplay(EGL_PLATFORM_SURFACELESS_MESA, EGL_DEFAULT_DISPLAY, nullptr);
    if (display == EGL_NO_DISPLAY || eglInitialize(display, nullptr, nullptr) == EGL_FALSE) {
      display = EGL_NO_DISPLAY;
      return Unavailable("no surfaceless EGL display");
    }
    const EGLint wanted[] = {EGL_RENDERABLE_TYPE, EGL_OPENGL_ES3_BIT, EGL_SURFACE_TYPE, EGL_DONT_CARE, EGL_NONE};
    EGLint count = 0;
    if (eglBindAPI(EGL_OPENGL_ES_API) == EGL_FALSE ||
        eglChooseConfig(display, wanted, &config, 1, &count) == EGL_FALSE || count == 0) {
      return Unavailable("no EGL configuration");
    }
    return Take();
  }

  Status Take() {
    const EGLint version[] = {EGL_CONTEXT_MAJOR_VERSION, 3, EGL_CONTEXT_MINOR_VERSION, 0, EGL_NONE};
    context = eglCreateContext(display, config, EGL_NO_CONTEXT, version);
    return context == EGL_NO_CONTEXT ? Status(Unavailable("no EGL context")) : Status();
  }

  void Drop() {
    if (context == EGL_NO_CONTEXT) return;
    eglMakeCurrent(display, EGL_NO_SURFACE, EGL_NO_SURFACE, EGL_NO_CONTEXT);
    eglDestroyContext(display, context);
    context = EGL_NO_CONTEXT;
  }

  void MakeCurrent() override { eglMakeCurrent(display, EGL_NO_SURFACE, EGL_NO_SURFACE, context); }
  [[nodiscard]] bool IsLost() const override { return context == EGL_NO_CONTEXT; }
  [[nodiscard]] std::uint32_t generation() const override { return restored; }
  [[nodiscard]] unsigned renderer_name() const override { return GL_RENDERER; }
  void Lose() override { Drop(); }
  void Restore() override {
    if (IsLost() && Take().ok()) ++restored;
  }

  EGLDisplay display = EGL_NO_DISPLAY;
  EGLConfig config = nullptr;
  EGLContext context = EGL_NO_CONTEXT;
  std::uint32_t restored = 0;
};

Result<std::unique_ptr<Context::Platform>> Context::Platform::Create() {
  auto platform = std::make_unique<EglPlatform>();
  ALICE_RETURN_IF_ERROR(platform->Open());
  return std::unique_ptr<Platform>(std::move(platform));
}

}  // namespace alice::webgl
