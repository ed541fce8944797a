#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <exception>

namespace alice {

/// Threads that take pieces of work from each other. Somebody else makes them and lets each call Serve; whoever calls Run is
/// one of them meanwhile. One thread may call Run.
///
/// Run opens a gate, takes pieces like all others, closes the gate when none is left, and waits, spinning, for those who are
/// inside: who comes late is not waited for. A browser's main thread may not sleep, so Run never does; the others sleep when
/// there was nothing to do for some hundred microseconds.
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
  /// The gate is open; what is below counts those inside.
  static constexpr std::uint32_t kOpen = std::uint32_t{1} << 31;

  void RunJob(const Job& job);
  bool Enter();
  void TakePieces(std::size_t thread);
  void AwaitCall(std::uint32_t calls);

  Job job_;  ///< changes only while the gate is closed and nobody inside
  std::exception_ptr failure_;
  std::atomic<bool> has_failed_{false};
  std::atomic<bool> is_running_{false};
  std::atomic<std::uint32_t> is_lost_{0};
  std::atomic<std::size_t> trapping_thread_{0};  ///< 0: none
  // Each of these on a cache line of its own: they are written by all.
  alignas(64) std::atomic<std::uint32_t> gate_{0};
  alignas(64) std::atomic<std::size_t> next_piece_{0};
  alignas(64) std::atomic<std::uint32_t> calls_{0};  ///< to work; what sleepers watch
  std::atomic<std::uint32_t> sleepers_{0};
  std::atomic<bool> is_dismissed_{false};
};

}  // namespace alice
