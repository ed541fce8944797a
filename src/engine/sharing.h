#pragma once

#ifdef ALICE_THREADS
#include <cstddef>
#include <string>

namespace alice {

/// What came of sharing the runs of a model among threads.
struct SharingReport {
  std::size_t threads = 1;  ///< that share them
  /// Of one run on one thread, and shared; 0 where it was not tried. The best of several.
  double alone_ms = 0.0;
  double shared_ms = 0.0;
  std::string refusal = {};  ///< why one thread does it all; empty where it does not
};

}  // namespace alice
#endif
