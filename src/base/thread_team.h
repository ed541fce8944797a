#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <exception>

namespace alice {

/// Threads that share pieces of work. Somebody else makes them and lets each call Serve; whoever calls Run is one of them
/// meanwhile. One thread may call Run.
///
/// A thread is given adjacent pieces, the same ones in each run of as many, so that what it wrote in one run is in its own cache
/// when it reads it in the next; who is done takes what others have not begun, so that nobody waits for a thread that comes late.
/// What a thread has to know lies in one cache line, for one that comes from another processor takes as long as a hundred
/// instructions.
///
/// A browser's main thread may not sleep, so Run spins until all is done; the others sleep when there was nothing to do for some
/// hundred microseconds.
class ThreadTeam {
 public:
  /// The most threads that take part.
  static constexpr std::size_t kMost = 16;

  ThreadTeam() = default;
  ThreadTeam(const ThreadTeam&) = delete;
  ThreadTeam& operator=(const ThreadTeam&) = delete;

  /// Calls work(piece, thread) for every piece, with `threads` threads at most, which are numbered from 0, the caller's. An
  /// exception of a piece ends the calls, and is thrown here when all have returned. Not to be called from work.
  template <typename Work>
  void Run(std::size_t threads, std::size_t pieces, const Work& work) {
    const auto call = [](const void* function, std::size_t piece, std::size_t thread) {
      (*static_cast<const Work*>(function))(piece, thread);
    };
    RunJob({call, &work, pieces, threads});
  }

  /// What the thread of that number, from 1 on, does: takes part in every Run, until Dismiss.
  void Serve(std::size_t thread);
  /// Lets Serve return, in every thread, for good.
  void Dismiss();

  // In WebAssembly a thread may trap, and then never comes out of a run.

  /// Who made the threads writes 1 there when one is lost: a run that waits for it then ends in a trap of the caller.
  [[nodiscard]] std::atomic<std::uint32_t>& is_lost() { return is_lost_; }
  /// For tests: the thread of that number, from 1 on, traps when it next takes part.
  void TrapNext(std::size_t thread) { trapping_thread_ = thread; }

 private:
  struct Job {
    void (*call)(const void* work, std::size_t piece, std::size_t thread) = nullptr;
    const void* work = nullptr;
    std::size_t pieces = 0;
    std::size_t threads = 1;
  };
  /// The pieces that one thread is given. Who has taken one may read what is behind `left`, which changes when all are done.
  struct alignas(64) Share {
    /// How many nobody has taken; or kDismissed. The thread looks at it for something to do, and sleeps on it.
    std::atomic<std::uint32_t> left{0};
    Job job;
    std::size_t end = 0;  ///< behind the last piece
  };
  static constexpr std::uint32_t kDismissed = ~std::uint32_t{0};

  void RunJob(const Job& job);
  void Give(std::size_t thread, std::uint32_t left);
  /// Whether there is some; false once dismissed.
  bool AwaitWork(std::size_t thread);
  /// Does what is left of a share; gives the number of pieces that it did.
  std::uint32_t WorkOff(Share& share, std::size_t thread);
  void Call(const Job& job, std::size_t piece, std::size_t thread);

  // What is written at each run lies apart from what is only read then.
  std::array<Share, kMost> shares_;
  alignas(64) std::atomic<std::uint32_t> done_{0};  ///< pieces that others than the caller have done, ever, modulo 2^32
  alignas(64) std::uint32_t given_ = 0;             ///< what that is when the run is over
  std::atomic<bool> is_running_{false};
  alignas(64) std::atomic<bool> has_failed_{false};
  std::array<std::atomic<bool>, kMost> is_asleep_{};
  std::atomic<std::uint32_t> is_lost_{0};
  std::atomic<std::size_t> trapping_thread_{0};  ///< 0: none
  std::exception_ptr failure_;
};

}  // namespace alice
