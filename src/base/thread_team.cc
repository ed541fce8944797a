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
void Sleep(std::atomic<std::uint32_t>& word, std::uint32_t value) {
  __builtin_wasm_memory_atomic_wait32(reinterpret_cast<int*>(&word), static_cast<int>(value), -1);
}
void WakeAll(std::atomic<std::uint32_t>& word) {
  __builtin_wasm_memory_atomic_notify(reinterpret_cast<int*>(&word), ~0U);
}
#else
constexpr int kLooks = 1 << 6;

void Pause() { std::this_thread::yield(); }
void Sleep(std::atomic<std::uint32_t>& word, std::uint32_t value) { word.wait(value); }
void WakeAll(std::atomic<std::uint32_t>& word) { word.notify_all(); }
#endif

}  // namespace

void ThreadTeam::RunJob(const Job& job) {
  ALICE_CHECK(!is_running_.exchange(true));
  job_ = job;
  has_failed_ = false;
  next_piece_ = 0;
  gate_ = kOpen;
  ++calls_;
  if (sleepers_ > 0) WakeAll(calls_);
  TakePieces(0);
  gate_ &= ~kOpen;
  while (gate_ != 0) {
    if (is_lost_ != 0) __builtin_trap();
    Pause();
  }
  is_running_ = false;
  if (has_failed_) std::rethrow_exception(std::exchange(failure_, nullptr));
}

void ThreadTeam::TakePieces(std::size_t thread) {
  while (!has_failed_) {
    const std::size_t piece = next_piece_.fetch_add(1, std::memory_order_relaxed);
    if (piece >= job_.pieces) return;
    try {
      job_.call(job_.work, piece, thread);
    } catch (...) {
      if (!has_failed_.exchange(true)) failure_ = std::current_exception();
    }
  }
}

bool ThreadTeam::Enter() {
  std::uint32_t gate = gate_;
  while ((gate & kOpen) != 0) {
    if (gate_.compare_exchange_weak(gate, gate + 1)) return true;
  }
  return false;
}

void ThreadTeam::Serve(std::size_t thread) {
  std::uint32_t calls = 0;
  while (true) {
    AwaitCall(calls);
    if (is_dismissed_) return;
    calls = calls_;
    if (!Enter()) continue;
    if (thread == trapping_thread_) __builtin_trap();
    if (thread < job_.threads) TakePieces(thread);
    --gate_;
  }
}

void ThreadTeam::AwaitCall(std::uint32_t calls) {
  for (int look = 0; look < kLooks; ++look) {
    if (calls_ != calls) return;
    Pause();
  }
  ++sleepers_;
  while (calls_ == calls) Sleep(calls_, calls);
  --sleepers_;
}

void ThreadTeam::Dismiss() {
  is_dismissed_ = true;
  ++calls_;
  WakeAll(calls_);
}

}  // namespace alice
#endif
