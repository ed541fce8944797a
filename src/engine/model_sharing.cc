// Whether the runs of a model are shared among threads: where that is measured to be faster.
#ifdef ALICE_THREADS
#include <algorithm>
#include <chrono>
#include <limits>

#include "engine/model.h"
#include "engine/sharing.h"

namespace alice {
namespace {

using Milliseconds = std::chrono::duration<double, std::milli>;

/// A run that is shorter is not shared: handing work over takes some microseconds a layer.
constexpr double kLeastAlone_ms = 0.1;
/// By how much sharing has to be faster.
constexpr double kLeastGain = 1.1;
/// How long runs are timed, if one takes no longer: until a browser's compiler has made of them what they will be.
constexpr double kTrial_ms = 25.0;

double TimeRun(Session& session, Precision precision) {
  const auto begin = std::chrono::steady_clock::now();
  session.Run(precision);
  return Milliseconds(std::chrono::steady_clock::now() - begin).count();
}

/// The best times of runs on one thread and on `threads`, which are planned for, in turn.
struct Times {
  double alone_ms = std::numeric_limits<double>::infinity();
  double shared_ms = std::numeric_limits<double>::infinity();
};
Times TimeBoth(Session& session, Precision precision, const Threads& threads) {
  Times best;
  const auto begin = std::chrono::steady_clock::now();
  do {
    session.UsePlanned({});
    best.alone_ms = std::min(best.alone_ms, TimeRun(session, precision));
    session.UsePlanned(threads);
    best.shared_ms = std::min(best.shared_ms, TimeRun(session, precision));
  } while (Milliseconds(std::chrono::steady_clock::now() - begin).count() < 2 * kTrial_ms);
  return best;
}

}  // namespace

bool Model::IsWorthSharing() {
  PrepareTrial();
  const auto begin = std::chrono::steady_clock::now();
  double best_ms = std::numeric_limits<double>::infinity();
  do {
    best_ms = std::min(best_ms, TimeRun(session_, MainPrecision()));
  } while (best_ms >= kLeastAlone_ms && Milliseconds(std::chrono::steady_clock::now() - begin).count() < kTrial_ms);
  return best_ms >= kLeastAlone_ms;
}

SharingReport Model::Share(ThreadTeam& team, std::size_t threads) {
  const Status shared = session_.Share({team, threads});
  if (!shared.ok()) return {.refusal = shared.error().message};
  return {.threads = threads};
}

SharingReport Model::ShareIfFaster(ThreadTeam& team, std::size_t most) {
  PrepareTrial();
  SharingReport report;
  for (std::size_t count = most; count > 1; count /= 2) {
    const Threads threads(team, count);
    if (const Status shared = session_.Share(threads); !shared.ok()) {
      report.refusal = shared.error().message;
      continue;
    }
    const Times times = TimeBoth(session_, MainPrecision(), threads);
    report.alone_ms = times.alone_ms;
    report.shared_ms = times.shared_ms;
    if (times.alone_ms >= kLeastGain * times.shared_ms) {
      report.threads = count;
      report.refusal.clear();
      return report;
    }
    report.refusal = "The model is not faster with several threads.";
  }
  // A refusal leaves the larger plan, which serves as well.
  if (!session_.Share({}).ok()) session_.UsePlanned({});
  return report;
}

Precision Model::MainPrecision() const { return session_.has_int8() ? Precision::int8 : Precision::fp32; }

void Model::PrepareTrial() {
  session_.SetSamples(1);
  session_.TakeInputAt(nullptr);
  session_.LeaveOutputAt(nullptr);
}

}  // namespace alice
#endif
