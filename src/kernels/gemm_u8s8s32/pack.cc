#include <algorithm>

#include "kernels/gemm_u8s8s32/gemm_u8s8s32.h"

namespace alice {
namespace {

std::size_t RoundUp(std::size_t value, std::size_t step) { return (value + step - 1) / step * step; }

}  // namespace

std::size_t PackedBytesU8S8S32(const GemmU8S8S32Kernel& kernel, std::size_t k, std::size_t n) {
  return RoundUp(n, kernel.nr) * RoundUp(k, kernel.kr);
}

void PackU8S8S32(const GemmU8S8S32Kernel& kernel, const std::int8_t* b, std::size_t k, std::size_t n,
                 std::int8_t* packed, std::int32_t* column_sums) {
  for (std::size_t panel = 0; panel < n; panel += kernel.nr) {
    for (std::size_t group = 0; group < k; group += kernel.kr) {
      for (std::size_t column = panel; column < panel + kernel.nr; ++column) {
        for (std::size_t row = group; row < group + kernel.kr; ++row) {
          *packed++ = row < k && column < n ? b[row * n + column] : std::int8_t{0};
        }
      }
    }
  }
  std::fill_n(column_sums, n, 0);
  for (std::size_t row = 0; row < k; ++row) {
    for (std::size_t column = 0; column < n; ++column) column_sums[column] += b[row * n + column];
  }
}

}  // namespace alice
