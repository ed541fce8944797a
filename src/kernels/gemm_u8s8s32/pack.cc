#include <algorithm>

#include "kernels/gemm_u8s8s32/gemm_u8s8s32.h"
#include "kernels/gemm_u8s8s32/packed_order.h"

namespace alice {
namespace {

std::size_t RoundUp(std::size_t value, std::size_t step) { return (value + step - 1) / step * step; }

}  // namespace

std::size_t PackedBytesU8S8S32(const GemmU8S8S32Kernel& kernel, std::size_t k, std::size_t n) {
  return RoundUp(n, kernel.nr) * RoundUp(k, kernel.kr);
}

void PackU8S8S32(const GemmU8S8S32Kernel& kernel, const std::int8_t* b, std::size_t k, std::size_t n,
                 std::int8_t* packed, std::int32_t* column_sums, std::uint8_t flip) {
  const auto code = [&](std::size_t at) { return static_cast<std::int8_t>(static_cast<std::uint8_t>(b[at]) ^ flip); };
  ForEachPackedU8S8S32(kernel, k, n, [&](std::size_t row, std::size_t column) {
    *packed++ = row < k && column < n ? code(row * n + column) : std::int8_t{0};
  });
  std::fill_n(column_sums, n, 0);
  for (std::size_t row = 0; row < k; ++row) {
    for (std::size_t column = 0; column < n; ++column) column_sums[column] += code(row * n + column);
  }
}

}  // namespace alice
