#pragma once

#include "base/threads.h"

#ifdef ALICE_THREADS
#include <thread>
#include <vector>

namespace alice {

/// A team with as many threads as it says, the calling one among them.
class ThreadCrew {
 public:
  explicit ThreadCrew(std::size_t count) : count_(count) {
    for (std::size_t thread = 1; thread < count; ++thread) hired_.emplace_back([this, thread] { team_.Serve(thread); });
  }
  ThreadCrew(const ThreadCrew&) = delete;
  ThreadCrew& operator=(const ThreadCrew&) = delete;
  ~ThreadCrew() {
    team_.Dismiss();
    for (std::thread& thread : hired_) thread.join();
  }

  [[nodiscard]] ThreadTeam& team() { return team_; }
  [[nodiscard]] Threads threads() { return {team_, count_}; }

 private:
  ThreadTeam team_;
  std::size_t count_;
  std::vector<std::thread> hired_;
};

}  // namespace alice
#endif
