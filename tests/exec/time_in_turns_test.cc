#include "exec/time_in_turns.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstddef>
#include <vector>

namespace alice {
namespace {

double stopwatch_ms = 0.0;

/// Takes the times in `ms`, one after the other, and then the last one each time.
struct Run {
  std::vector<double> ms;
  mutable std::size_t runs = 0;

  void operator()() const {
    stopwatch_ms += ms[std::min(runs, ms.size() - 1)];
    ++runs;
  }
};

struct Times {
  double first_ms, second_ms;
  friend bool operator==(const Times&, const Times&) = default;
};

double StopwatchMs() { return stopwatch_ms; }

Times InTurns(const Run& first, const Run& second) {
  const auto [first_ms, second_ms] = TimeInTurns(first, second, StopwatchMs);
  return {first_ms, second_ms};
}

}  // namespace

TEST_CASE("Times in turns are medians: an interruption of one run says nothing", "[time_in_turns]") {
  const Run first{{1.0, 1.0, 40.0, 1.0}};
  const Run second{{2.0}};
  CHECK((InTurns(first, second) == Times{1.0, 2.0}));
  CHECK(first.runs == second.runs);
}

TEST_CASE("Of long runs the slower has a second chance", "[time_in_turns]") {
  CHECK((InTurns({{350.0, 50.0}}, {{200.0}}) == Times{50.0, 200.0}));
  CHECK((InTurns({{200.0}}, {{350.0, 50.0}}) == Times{200.0, 50.0}));
  CHECK((InTurns({{200.0}}, {{350.0, 360.0}}) == Times{200.0, 350.0}));
  // Only the one that seemed to be slower.
  const Run first{{100.0}};
  const Run second{{200.0, 50.0}};
  CHECK((InTurns(first, second) == Times{100.0, 50.0}));
  CHECK(first.runs == 1);
  CHECK(second.runs == 2);
}

TEST_CASE("What is slower by far is not run again", "[time_in_turns]") {
  const Run slow{{1000.0}};
  CHECK((InTurns({{10.0}}, slow) == Times{10.0, 1000.0}));
  CHECK(slow.runs == 1);
}

TEST_CASE("Runs too short for a coarse clock are taken together", "[time_in_turns]") {
  const Run first{{0.01}};
  const auto [first_ms, second_ms] = InTurns(first, {{0.5}});
  CHECK(first_ms == Approx(0.01));
  CHECK(second_ms == 0.5);
  CHECK(first.runs > 9 * 16);
}

}  // namespace alice
