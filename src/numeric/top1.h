#pragma once

#include <cstddef>
#include <span>

namespace alice {

/// Scores of classes among the values of a sample: `rows` times `classes` of them, one behind the other from `offset` on.
struct ClassScores {
  std::size_t offset, rows, classes;
};

/// The share of the rows of all `scores` in which the samples a and b have their highest value at the same place, the first
/// of equals; 1 where there is no row.
double Top1Agreement(const float* a, const float* b, std::span<const ClassScores> scores);

}  // namespace alice
