#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

namespace alice::webgl {

class ProgramCache;

/// An OpenGL ES 3.0 context without a window: WebGL 2 on a canvas of its own in a browser, in a worker too; EGL on the host.
///
/// It can be lost at any time with everything on it, and come back empty: each time it does, a new generation begins.
class Context {
 public:
  /// Where it comes from (platform.h).
  struct Platform;

  /// The one of this program, which lives as long as somebody holds it. Error: backend_unavailable, with the reason.
  static Result<std::shared_ptr<Context>> Shared();

  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;
  ~Context();

  /// Makes it the one that GL calls mean. Error: backend_unavailable where it is lost.
  Status Use();
  /// Whether it is lost now. What GL has given is only sure where this is false afterwards.
  [[nodiscard]] bool IsLost() const;
  /// Objects of another generation are gone.
  [[nodiscard]] std::uint32_t generation() const { return generation_; }

  /// What draws, in the words of the driver.
  [[nodiscard]] std::string_view renderer() const { return renderer_; }
  /// The most rows that a texture can have.
  [[nodiscard]] int max_rows() const { return max_rows_; }
  [[nodiscard]] ProgramCache& programs() { return *programs_; }

  /// For tests: loses the context, and asks for it back (in a browser that takes until the page has had its turn).
  void Lose();
  void Restore();

 private:
  explicit Context(std::unique_ptr<Platform> platform);
  /// Finds out what a new context can do.
  Status Begin();

  std::unique_ptr<Platform> platform_;
  std::unique_ptr<ProgramCache> programs_;
  std::uint32_t generation_ = 0;
  std::string renderer_;
  int max_rows_ = 0;
};

}  // namespace alice::webgl
