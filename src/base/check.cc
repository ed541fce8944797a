#include "base/check.h"

#include <cstdlib>

#ifdef __EMSCRIPTEN__
#include <emscripten/console.h>

#include "base/status.h"
#else
#include <cstdio>
#endif

namespace alice {

void CheckFailed(const char* file, int line, const char* condition) noexcept {
#ifdef __EMSCRIPTEN__
  // Without printf, which weighs as much as a kernel.
  emscripten_err(JoinMessage({file, ":", line, ": invariant does not hold: ", condition}).c_str());
#else
  std::fprintf(stderr, "%s:%d: invariant does not hold: %s\n", file, line, condition);
#endif
  std::abort();
}

}  // namespace alice
