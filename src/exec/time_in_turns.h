// How long two ways to do the same thing take on a machine that does other things as well.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <utility>
#include <vector>

namespace alice {

inline double SteadyMs() {
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

/**
 * The median times of two ways to run, in ms, which have run before: taken in turns, so that what else the machine does meets
 * both alike, for about 60 ms in all. Ways that take longer are timed once, and the slower of them, unless it is slower by far,
 * once more: the better time counts. A clock may be coarse: runs that it cannot see are taken together. `now` gives ms.
 */
std::pair<double, double> TimeInTurns(const auto& run_first, const auto& run_second, double (&now)() = SteadyMs) {
  constexpr std::size_t kRounds = 9;
  constexpr double kLong_ms = 60.0;
  constexpr double kByFar = 8.0;
  constexpr double kVisible_ms = 0.2;
  constexpr std::size_t kMostTogether = 64;
  const auto time = [&](const auto& run, std::size_t together) {
    const double begin = now();
    for (std::size_t i = 0; i < together; ++i) run();
    return (now() - begin) / static_cast<double>(together);
  };
  const auto together = [&](const auto& run, double once_ms) {
    std::size_t runs = 1;
    for (double ms = once_ms; ms < kVisible_ms && runs < kMostTogether;
         ms = time(run, runs) * static_cast<double>(runs)) {
      runs *= 2;
    }
    return runs;
  };
  const auto median = [](std::vector<double>& times) {
    const auto middle = times.begin() + static_cast<std::ptrdiff_t>(times.size() / 2);
    std::ranges::nth_element(times, middle);
    return *middle;
  };
  const double begin = now();
  double first_ms = time(run_first, 1);
  double second_ms = time(run_second, 1);
  if (now() - begin >= kLong_ms) {
    // An interruption makes a run longer, never shorter: it is the slower one that it may have met.
    const auto again = [&](const auto& run, double& ms, double other_ms) {
      if (ms > other_ms && ms < kByFar * other_ms) ms = std::min(ms, time(run, 1));
    };
    const double once_ms = first_ms;
    again(run_first, first_ms, second_ms);
    again(run_second, second_ms, once_ms);
    return {first_ms, second_ms};
  }
  const std::size_t first_runs = together(run_first, first_ms);
  const std::size_t second_runs = together(run_second, second_ms);
  std::vector<double> first, second;
  while (first.empty() || (first.size() < kRounds && now() - begin < kLong_ms)) {
    first.push_back(time(run_first, first_runs));
    second.push_back(time(run_second, second_runs));
  }
  return {median(first), median(second)};
}

}  // namespace alice
