#include <GLES3/gl3.h>
#include <emscripten/em_js.h>
#include <emscripten/html5_webgl.h>

#include "backends/webgl/platform.h"

// clang-format off: this is JavaScript.
// NOLINTBEGIN
EM_JS_DEPS(alice_webgl, "$GL");

/// A canvas of its own with a context that comes back where the browser gives it back; 0 where there is no WebGL 2. A context
/// that the browser draws in software all the same is better than none.
EM_JS(int, alice_webgl_open, (), {
  if (typeof OffscreenCanvas == 'undefined' && typeof document == 'undefined') return 0;
  const canvas = typeof OffscreenCanvas == 'undefined' ? document.createElement('canvas') : new OffscreenCanvas(1, 1);
  const handle = GL.createContext(canvas, {
    majorVersion: 2,
    minorVersion: 0,
    alpha: false,
    depth: false,
    stencil: false,
    antialias: false,
    powerPreference: 'high-performance',
  });
  if (!handle) return 0;
  const context = GL.contexts[handle];
  context.timesRestored = 0;
  canvas.addEventListener('webglcontextlost', (event) => event.preventDefault());
  canvas.addEventListener('webglcontextrestored', () => ++context.timesRestored);
  return handle;
});

EM_JS(int, alice_webgl_times_restored, (int handle), { return GL.contexts[handle].timesRestored; });

EM_JS(void, alice_webgl_lose, (int handle, int is_lost), {
  const context = GL.contexts[handle];
  if (!context.loss) context.loss = context.GLctx.getExtension('WEBGL_lose_context');
  if (context.loss && context.GLctx.isContextLost() != !!is_lost) {
    is_lost ? context.loss.loseContext() : context.loss.restoreContext();
  }
});
// NOLINTEND
// clang-format on

namespace alice::webgl {

/// WebGL 2 on a canvas that is never shown.
struct BrowserPlatform final : Context::Platform {
  explicit BrowserPlatform(int opened) : handle(opened) {}
  BrowserPlatform(const BrowserPlatform&) = delete;
  BrowserPlatform& operator=(const BrowserPlatform&) = delete;
  ~BrowserPlatform() override { emscripten_webgl_destroy_context(handle); }

  void MakeCurrent() override { emscripten_webgl_make_context_current(handle); }
  [[nodiscard]] bool IsLost() const override { return emscripten_is_webgl_context_lost(handle); }
  [[nodiscard]] std::uint32_t generation() const override {
    return static_cast<std::uint32_t>(alice_webgl_times_restored(handle));
  }
  [[nodiscard]] unsigned renderer_name() const override {
    constexpr unsigned kUnmaskedRenderer = 0x9246;  // of WEBGL_debug_renderer_info
    return emscripten_webgl_enable_extension(handle, "WEBGL_debug_renderer_info") ? kUnmaskedRenderer : GL_RENDERER;
  }
  void Lose() override { alice_webgl_lose(handle, 1); }
  void Restore() override { alice_webgl_lose(handle, 0); }

  EMSCRIPTEN_WEBGL_CONTEXT_HANDLE handle;
};

Result<std::unique_ptr<Context::Platform>> Context::Platform::Create() {
  const int handle = alice_webgl_open();
  if (handle == 0) {
    return MakeError(ErrorCode::backend_unavailable, "this browser gives no WebGL 2 context")
        .WithHint("leave `backend` out: WebAssembly executes the model");
  }
  return std::unique_ptr<Platform>(std::make_unique<BrowserPlatform>(handle));
}

}  // namespace alice::webgl
