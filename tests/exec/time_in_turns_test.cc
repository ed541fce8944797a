#include "exec/time_in_turns.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <chrono>
#include <cstddef>
#include <ratio>
#include <utility>
#include <vector>

namespace alice {
namespace {

/// A clock that goes as far as the runs say.
struct Stopwatch {
  using duration = std::chrono::duration<double, std::milli>;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::time_point<Stopwatch>;

  static time_point now() { return time_point(duration(now_ms)); }

  static inline double now_ms = 0.0;
};

/// Takes the times in `ms`, one after the other, and then the last one each time.
struct Run {
  std::vector<double> ms;
  mutable std::size_t runs = 0;

  void operator()() const {
    Stopwatch::now_ms += ms[std::min(runs, ms.size() - 1)];
    ++runs;
  }
};

using Times = std::pair<double, double>;

Times InTurns(const Run& first, const Run& second) { return TimeInTurns<Stopwatch>(first, second); }

}  // namespace

TEST_CASE("Times in turns are medians: an interruption of one run says nothing", "[time_in_turns]") {
  const Run first{{1.0, 1.0, 40.0, 1.0}};
  const Run second{{2.0}};
  CHECK(InTurns(first, second) == Times(1.0, 2.0));
  CHECK(first.runs == second.runs);
}

TEST_CASE("Of long runs the slower has a second chance", "[time_in_turns]") {
  CHECK(InTurns({{350.0, 50.0}}, {{200.0}}) == Times(50.0, 200.0));
  CHECK(InTurns({{200.0}}, {{350.0, 50.0}}) == Times(200.0, 50.0));
  CHECK(InTurns({{200.0}}, {{350.0, 360.0}}) == Times(200.0, 350.0));
  // Only the one that seemed to be slower.
  const Run first{{100.0}};
  const Run second{{200.0, 50.0}};
  CHECK(InTurns(first, second) == Times(100.0, 50.0));
  CHECK(first.runs == 1);
  CHECK(second.runs == 2);
}

TEST_CASE("What is slower by far is not run again", "[time_in_turns]") {
  const Run slow{{1000.0}};
  CHECK(InTurns({{10.0}}, slow) == Times(10.0, 1000.0));
  CHECK(slow.runs == 1);
}

TEST_CASE("Runs too short for a coarse clock are taken together", "[time_in_turns]") {
  const Run first{{0.01}};
  const auto [first_ms, second_ms] = InTurns(first, {{0.5}});
  CHECK(first_ms > 0.0099);
  CHECK(first_ms < 0.0101);
  CHECK(second_ms == 0.5);
  CHECK(first.runs > 9 * 16);
}

}  // namespace alice
