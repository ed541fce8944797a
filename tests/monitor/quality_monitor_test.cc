#include "monitor/quality_monitor.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <limits>

namespace alice {
namespace {

/// Two unit vectors with that cosine; the largest value of the second is elsewhere if `disagrees`.
struct Pair {
  float fp32[3], int8[3];

  explicit Pair(double cosine, bool disagrees = false) {
    const auto sine = static_cast<float>(std::sqrt(1.0 - cosine * cosine));
    const auto c = static_cast<float>(cosine);
    // a = (1, 1, 0)/√2 rotated out of its plane keeps which of its first two values is larger, but for a tiny bias.
    const float bias = disagrees ? -1e-4f : 1e-4f;
    const float half = std::sqrt(0.5f);
    const float a[3] = {half + 1e-4f, half, 0.0f};
    std::copy_n(a, 3, fp32);
    int8[0] = c * half + bias;
    int8[1] = c * half;
    int8[2] = sine;
  }

  [[nodiscard]] AnswerPair answers() const { return {fp32, int8, 3, kScores}; }

 private:
  static constexpr ClassScores kScores[] = {{0, 1, 3}};
};

Verdict Judge(QualityMonitor& monitor, double cosine, bool disagrees = false) {
  const Pair pair(cosine, disagrees);
  const Verdict verdict = monitor.Judge(pair.answers());
  CHECK(verdict.similarity == Approx(cosine).margin(1e-3));
  return verdict;
}

TEST_CASE("every interval-th INT8 inference is monitored, counted from the start of INT8", "[monitor]") {
  QualityMonitor monitor({.monitor_interval = 3});
  std::string seen;
  for (int i = 0; i < 7; ++i) {
    CHECK(monitor.UntilMonitored() == static_cast<std::size_t>(3 - i % 3));
    seen += monitor.NextIsMonitored() ? 'x' : '.';
  }
  CHECK(seen == "..x..x.");
  monitor.Restart();
  CHECK_FALSE(monitor.NextIsMonitored());
  CHECK_FALSE(monitor.NextIsMonitored());
  CHECK(monitor.NextIsMonitored());

  QualityMonitor off({.monitor_interval = 0});
  for (int i = 0; i < 100; ++i) CHECK_FALSE(off.NextIsMonitored());
  CHECK(off.UntilMonitored() == std::numeric_limits<std::size_t>::max());
}

TEST_CASE("the band of the similarity decides", "[monitor]") {
  QualityMonitor monitor({});
  CHECK_FALSE(Judge(monitor, 0.99).event.has_value());
  const Verdict drifting = Judge(monitor, 0.965);
  CHECK(drifting.event == RecoveryEvent::drifting);
  CHECK(drifting.reason == FallbackReason::similarity_low);
  const Verdict dissimilar = Judge(monitor, 0.94);
  CHECK(dissimilar.event == RecoveryEvent::dissimilar);
  CHECK(dissimilar.reason == FallbackReason::similarity_low);
}

TEST_CASE("answers that are not finite are as dissimilar as can be", "[monitor]") {
  QualityMonitor monitor({});
  const float fp32[] = {0.5f, 0.5f};
  const float int8[] = {std::numeric_limits<float>::quiet_NaN(), 0.5f};
  const Verdict verdict = monitor.Judge({fp32, int8, 2, {}});
  CHECK(verdict.similarity == 0.0);
  CHECK(verdict.event == RecoveryEvent::dissimilar);
}

TEST_CASE("the sixth disagreement among a hundred inferences is too much, the second worth a warning", "[monitor]") {
  QualityMonitor monitor({});
  CHECK_FALSE(Judge(monitor, 0.999, true).event.has_value());
  for (int i = 2; i <= 5; ++i) {
    const Verdict verdict = Judge(monitor, 0.999, true);
    CHECK(verdict.event == RecoveryEvent::drifting);
    CHECK(verdict.reason == FallbackReason::accuracy_drop);
  }
  for (int i = 0; i < 94; ++i) Judge(monitor, 0.999);  // the window holds 99
  CHECK(monitor.window().Disagreement() == 0.05);
  QualityMonitor other = monitor;
  CHECK(Judge(monitor, 0.999, true).event == RecoveryEvent::disagreeing);
  // One more agreement fills the window, and then the oldest disagreements leave it one by one.
  Judge(other, 0.999);
  CHECK(other.window().Disagreement() == 0.05);
  Judge(other, 0.999);
  CHECK(other.window().Disagreement() == 0.04);
}

TEST_CASE("a full window without a flaw is steady", "[monitor]") {
  QualityMonitor monitor({});
  Judge(monitor, 0.97);
  for (std::size_t i = 1; i < SimilarityWindow::kSize; ++i) CHECK_FALSE(Judge(monitor, 0.999).event.has_value());
  REQUIRE(monitor.window().is_full());
  CHECK(Judge(monitor, 0.999).event == RecoveryEvent::steady);
}

TEST_CASE("the window keeps the latest, oldest first", "[monitor]") {
  SimilarityWindow window;
  CHECK(window.Mean() == 0.0);
  for (int i = 0; i < 250; ++i) window.Add(i, true, 1.0);
  REQUIRE(window.count() == SimilarityWindow::kSize);
  CHECK(window.similarity(0) == 150.0);
  CHECK(window.similarity(99) == 249.0);
  CHECK(window.Mean() == 199.5);
  CHECK(window.Lowest() == 150.0);

  window.Add(0.5, false, 0.0);
  CHECK(window.flaws() == 1);
  window.Restart();
  CHECK(window.flaws() == 0);
  CHECK(window.Disagreement() == 0.0);
  CHECK(window.similarity(99) == 0.5);  // still there to look at
  for (std::size_t i = 1; i <= 2 * SimilarityWindow::kSize; ++i) {
    window.Add(1.0, true, i % 50 != 0 ? 1.0 : 0.0);
    CHECK(window.is_full() == (i >= SimilarityWindow::kSize));
    CHECK(window.Disagreement() == Approx(static_cast<double>(i <= 100 ? i / 50 : 2) / 100.0));
  }
}

TEST_CASE("a streak counts over probes, and one dissimilar answer ends it", "[monitor]") {
  QualityMonitor monitor({.recovery_check_interval = 4, .recovery_streak = 6});
  const Pair good(0.99);
  const Pair bad(0.97);
  const auto probe = [&](std::string_view answers) {
    for (std::size_t i = 0; i < answers.size(); ++i) CHECK(monitor.NextIsProbe() == (i + 1 == answers.size()));
    monitor.BeginProbe();
    for (const char answer : answers) {
      if (answer == 'x') {
        monitor.CompareFailed();
      } else {
        const Pair& pair = answer == 'g' ? good : bad;
        monitor.Compare(pair.answers(), false);
      }
    }
    return monitor.HasStreak();
  };
  CHECK_FALSE(probe("gggg"));
  CHECK(monitor.probe().streak == 4);
  CHECK_FALSE(probe("gbgg"));
  CHECK(monitor.probe().streak == 2);
  CHECK(monitor.probe().passed == 3);
  CHECK(monitor.probe().lowest_similarity == Approx(0.97).margin(1e-3));
  CHECK_FALSE(probe("gggx"));
  CHECK(monitor.probe().streak == 0);
  CHECK(monitor.probe().lowest_similarity == 0.0);
  CHECK_FALSE(probe("bbgg"));
  CHECK(probe("gggg"));
  CHECK(monitor.probe().streak == 6);
  monitor.Restart();
  CHECK(monitor.probe().streak == 0);
  CHECK_FALSE(monitor.window().is_full());
}

TEST_CASE("after a drop of accuracy, probes ask for the same class as well", "[monitor]") {
  QualityMonitor monitor({.recovery_streak = 1});
  const Pair pair(0.999, true);
  for (const bool same_class : {false, true}) {
    monitor.BeginProbe();
    monitor.Compare(pair.answers(), same_class);
    CHECK(monitor.HasStreak() == !same_class);
  }
}

TEST_CASE("of many rows of scores, the share that disagrees counts", "[monitor]") {
  // Ten rows of two classes, the last of which change places.
  const auto judge = [](QualityMonitor& monitor, std::size_t disagreeing) {
    float fp32[20], int8[20];
    for (std::size_t row = 0; row < 10; ++row) {
      const bool disagrees = row >= 10 - disagreeing;
      fp32[2 * row] = int8[2 * row + 1] = 1.0f;
      fp32[2 * row + 1] = 0.999f;
      int8[2 * row] = disagrees ? 0.999f : 1.001f;
    }
    const ClassScores scores[] = {{0, 10, 2}};
    return monitor.Judge({fp32, int8, 20, scores});
  };
  QualityMonitor monitor({});
  // A tenth of the rows in every inference is a disagreement of 0.1 in the end; 0.05 are passed with the 51st.
  for (int i = 1; i <= 49; ++i) CHECK(judge(monitor, 1).event != RecoveryEvent::disagreeing);
  CHECK(monitor.window().Disagreement() == Approx(0.049).margin(1e-6));
  judge(monitor, 1);
  CHECK(judge(monitor, 1).event == RecoveryEvent::disagreeing);
  for (std::size_t i = 0; i < SimilarityWindow::kSize; ++i) judge(monitor, 0);
  CHECK(monitor.window().Disagreement() == 0.0);
}

TEST_CASE("what would fall back at once does not pass a probe", "[monitor]") {
  QualityMonitor monitor({.similarity_threshold = 0.98, .fallback_threshold = 0.99, .recovery_streak = 1});
  const Pair pair(0.985);
  CHECK(Judge(monitor, 0.985).event == RecoveryEvent::dissimilar);
  monitor.BeginProbe();
  monitor.Compare(pair.answers(), false);
  CHECK_FALSE(monitor.HasStreak());
}

}  // namespace
}  // namespace alice
