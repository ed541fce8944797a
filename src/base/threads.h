#pragma once

#include <cstddef>

#ifdef ALICE_THREADS
#include "base/thread_team.h"
#endif

namespace alice {

/// The threads among which a run shares its work: the calling one alone, or some of a team. A build without ALICE_THREADS has
/// but the calling one.
class Threads {
 public:
  Threads() = default;

#ifdef ALICE_THREADS
  /// The most that a count can be.
  static constexpr std::size_t kMost = ThreadTeam::kMost;
  /// `count` threads, the calling one among them, of a team that has as many.
  Threads(ThreadTeam& team, std::size_t count) : team_(&team), count_(count) {}
  [[nodiscard]] std::size_t count() const { return count_; }
#else
  static constexpr std::size_t kMost = 1;
  [[nodiscard]] static constexpr std::size_t count() { return 1; }
#endif

  /// Calls work(piece, thread) once for every piece in [0, pieces), in no order where there are several threads; `thread`, in
  /// [0, count()), is who calls. What one piece writes, no other reads or writes. Allocates nothing. Work in it is not shared
  /// out again.
  template <typename Work>
  void ForEach(std::size_t pieces, const Work& work) const {
#ifdef ALICE_THREADS
    if (count_ > 1 && pieces > 1) return team_->Run(count_, pieces, work);
#endif
    for (std::size_t piece = 0; piece < pieces; ++piece) work(piece, std::size_t{0});
  }

 private:
#ifdef ALICE_THREADS
  ThreadTeam* team_ = nullptr;
  std::size_t count_ = 1;
#endif
};

}  // namespace alice
