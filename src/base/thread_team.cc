#ifdef ALICE_THREADS
#include "base/thread_team.h"

#include <utility>

#include "base/check.h"

#ifndef __EMSCRIPTEN__
#include <thread>
#endif

namespace alice {
namespace {

// How often a thread looks for work before it sleeps.
#ifdef __EMSCRIPTEN__
constexpr int kLooks = 1 << 19;

void Pause() {}
void SleepWhile0(std::atomic<std::uint32_t>& word) {
  __builtin_wasm_memory_atomic_wait32(reinterpret_cast<int*>(&word), 0, -1);
}
void Wake(std::atomic<std::uint32_t>& word) { __builtin_wasm_memory_atomic_notify(reinterpret_cast<int*>(&word), 1); }
#else
constexpr int kLooks = 1 << 6;

void Pause() { std::this_thread::yield(); }
void SleepWhile0(std::atomic<std::uint32_t>& word) { word.wait(0); }
void Wake(std::atomic<std::uint32_t>& word) { word.notify_one(); }
#endif

}  // namespace

void ThreadTeam::RunJob(const Job& job) {
  ALICE_CHECK(!is_running_.exchange(true, std::memory_order_relaxed));
  const auto first_of = [&](std::size_t thread) { return job.pieces * thread / job.threads; };
  // The caller's own last, for it begins at once.
  for (std::size_t thread = job.threads; thread-- > 0;) {
    Share& share = shares_[thread];
    share.job = job;
    share.end = first_of(thread + 1);
    Give(thread, static_cast<std::uint32_t>(share.end - first_of(thread)));
  }
  given_ += static_cast<std::uint32_t>(job.pieces);
  const auto all_are_done = [&] { return done_.load(std::memory_order_acquire) == given_; };
  for (std::size_t thread = 0; thread < job.threads && !all_are_done(); ++thread) given_ -= WorkOff(shares_[thread], 0);
  while (!all_are_done()) {
    if (is_lost_.load(std::memory_order_relaxed) != 0) __builtin_trap();
    Pause();
  }
  is_running_.store(false, std::memory_order_relaxed);
  if (!has_failed_.load(std::memory_order_relaxed)) return;
  has_failed_.store(false, std::memory_order_relaxed);
  std::rethrow_exception(std::exchange(failure_, nullptr));
}

void ThreadTeam::Give(std::size_t thread, std::uint32_t left) {
  std::atomic<std::uint32_t>& word = shares_[thread].left;
  word = left;
  // In the order of all threads: who sleeps after this has seen what is left.
  if (is_asleep_[thread]) Wake(word);
}

std::uint32_t ThreadTeam::WorkOff(Share& share, std::size_t thread) {
  std::uint32_t done = 0;
  std::uint32_t left = share.left.load(std::memory_order_relaxed);
  while (left != 0 && left != kDismissed) {
    if (!share.left.compare_exchange_weak(left, left - 1, std::memory_order_acquire, std::memory_order_relaxed))
      continue;
    Call(share.job, share.end - left, thread);
    ++done;
    left = share.left.load(std::memory_order_relaxed);
  }
  return done;
}

void ThreadTeam::Call(const Job& job, std::size_t piece, std::size_t thread) {
  if (thread != 0 && thread == trapping_thread_.load(std::memory_order_relaxed)) __builtin_trap();
  if (has_failed_.load(std::memory_order_relaxed)) return;
  try {
    job.call(job.work, piece, thread);
  } catch (...) {
    if (!has_failed_.exchange(true)) failure_ = std::current_exception();
  }
}

void ThreadTeam::Serve(std::size_t thread) {
  Share& share = shares_[thread];
  while (AwaitWork(thread)) {
    const std::uint32_t done = WorkOff(share, thread);
    if (done == 0) continue;
    const std::size_t pieces = share.job.pieces;
    const std::size_t threads = share.job.threads;
    done_.fetch_add(done, std::memory_order_release);
    // Of one piece each there is hardly one left; if there is, the caller takes it.
    if (pieces <= threads) continue;
    // The run may be over by now, and the next one have begun: what there is to take is taken.
    for (std::size_t k = 1; k < threads; ++k) {
      const std::uint32_t helped = WorkOff(shares_[(thread + k) % threads], thread);
      if (helped > 0) done_.fetch_add(helped, std::memory_order_release);
    }
  }
}

bool ThreadTeam::AwaitWork(std::size_t thread) {
  std::atomic<std::uint32_t>& word = shares_[thread].left;
  std::uint32_t left = 0;
  for (int look = 0; look < kLooks && left == 0; ++look) {
    Pause();
    left = word.load(std::memory_order_relaxed);
  }
  if (left == 0) {
    is_asleep_[thread] = true;
    while ((left = word) == 0) SleepWhile0(word);
    is_asleep_[thread] = false;
  }
  return left != kDismissed;
}

void ThreadTeam::Dismiss() {
  for (std::size_t thread = 0; thread < kMost; ++thread) Give(thread, kDismissed);
}

}  // namespace alice
#endif
