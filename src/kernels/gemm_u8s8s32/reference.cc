#include <algorithm>

#include "kernels/dequantize_gemm/part.h"
#include "kernels/gemm_u8s8s32/gemm_u8s8s32.h"
#include "kernels/gemm_u8s8s32/group_codes.h"

namespace alice {
namespace {

/// Columns whose sums are held at a time.
constexpr std::size_t kColumns = 64;

std::int32_t SumAt(const GemmU8S8S32Args& args, std::size_t row, std::size_t column) {
  const GemmU8S8S32Kernel& kernel = AllGemmU8S8S32().front();
  const GroupCodes codes(kernel, args.is_int4);
  const auto* group =
      static_cast<const std::uint8_t*>(args.packed_b) + column * PanelBytesU8S8S32(kernel, args.k, args.is_int4);
  const std::uint8_t* a = args.a + row * args.lda;
  std::int32_t sum = 0;
  for (std::size_t i = 0; i < args.k; ++i) {
    sum += std::int32_t{a[i]} * codes.Load(group, i % kernel.kr);
    if (i % kernel.kr + 1 == kernel.kr) group += codes.bytes();
  }
  return sum;
}

/// use(row, first column, columns, sums) for every row, some columns at a time.
template <typename Use>
void ForEachSums(const GemmU8S8S32Args& args, const Use& use) {
  std::int32_t sums[kColumns];
  for (std::size_t row = 0; row < args.m; ++row) {
    for (std::size_t first = 0; first < args.n; first += kColumns) {
      const std::size_t columns = std::min(kColumns, args.n - first);
      for (std::size_t c = 0; c < columns; ++c) sums[c] = SumAt(args, row, first + c);
      use(row, first, columns, sums);
    }
  }
}

}  // namespace

void GemmU8S8S32_Reference::Sums(const GemmU8S8S32Args& args, const GemmSums& to) {
  ForEachSums(args, [&](std::size_t row, std::size_t first, std::size_t columns, const std::int32_t* sums) {
    std::copy_n(sums, columns, to.c + row * to.ldc + first);
  });
}

void GemmU8S8S32_Reference::Dequantize(const GemmU8S8S32Args& args, const Dequantization& to) {
  ForEachSums(args, [&](std::size_t row, std::size_t first, std::size_t columns, const std::int32_t* sums) {
    DequantizeGemm_Reference({1, columns, sums, columns, PartOf(to, row, first)});
  });
}

void GemmU8S8S32_Reference::Requantize(const GemmU8S8S32Args& args, const Requantization& to) {
  ForEachSums(args, [&](std::size_t row, std::size_t first, std::size_t columns, const std::int32_t* sums) {
    RequantizeGemm_Reference({1, columns, sums, columns, PartOf(to, row, first)});
  });
}

}  // namespace alice
