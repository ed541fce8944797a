#include "numeric/top1.h"

#include "numeric/error_stats.h"

namespace alice {

double Top1Agreement(const float* a, const float* b, std::span<const ClassScores> scores) {
  std::size_t rows = 0;
  std::size_t agreeing = 0;
  for (const ClassScores& part : scores) {
    for (std::size_t row = 0; row < part.rows; ++row) {
      const std::size_t at = part.offset + row * part.classes;
      agreeing += ArgMax(a + at, part.classes) == ArgMax(b + at, part.classes) ? 1 : 0;
    }
    rows += part.rows;
  }
  return rows == 0 ? 1.0 : static_cast<double>(agreeing) / static_cast<double>(rows);
}

}  // namespace alice
