#include "base/check.h"

#include <cstdio>
#include <cstdlib>

namespace alice {

void CheckFailed(const char* file, int line, const char* condition) noexcept {
  std::fprintf(stderr, "%s:%d: invariant does not hold: %s\n", file, line, condition);
  std::abort();
}

}  // namespace alice
