#include "kernels/gemm_u8s8s32/by_rows.h"
#include "kernels/gemm_u8s8s32/gemm_u8s8s32.h"
#include "kernels/gemm_u8s8s32/group_codes.h"

namespace alice {
namespace {

struct ReferenceTile {
  static constexpr std::size_t kRows = 1;

  static void Sum(const GemmU8S8S32Args& args, std::size_t row, std::size_t /*rows*/, std::size_t first,
                  std::size_t columns, std::int32_t* sums) {
    for (std::size_t c = 0; c < columns; ++c) sums[c] = SumAt(args, row, first + c);
  }

  static std::int32_t SumAt(const GemmU8S8S32Args& args, std::size_t row, std::size_t column) {
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
};

}  // namespace

ALICE_GEMM_U8S8S32_BY_ROWS(GemmU8S8S32_Reference, ReferenceTile)

}  // namespace alice
