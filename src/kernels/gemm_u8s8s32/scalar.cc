#include "kernels/gemm_u8s8s32/gemm_u8s8s32.h"

#if ALICE_HAS_SCALAR
#include "kernels/gemm_u8s8s32/by_rows.h"

namespace alice {
namespace {

struct ScalarTile {
  static constexpr std::size_t kRows = 2;
  static constexpr std::size_t kPanelColumns = 4;
  static constexpr std::size_t kGroupRows = 2;
  static constexpr std::size_t kGroupCodes = kPanelColumns * kGroupRows;

  static void Sum(const GemmU8S8S32Args& args, std::size_t row, std::size_t rows, std::size_t first,
                  std::size_t columns, std::int32_t* sums) {
    const auto multiply = args.is_int4 ? (rows == 1 ? SumPanels<true, 1> : SumPanels<true, 2>)
                                       : (rows == 1 ? SumPanels<false, 1> : SumPanels<false, 2>);
    multiply(args, row, first, columns, sums);
  }

 private:
  template <bool kIsInt4>
  static constexpr std::size_t kGroupBytes = kIsInt4 ? kGroupCodes / 2 : kGroupCodes;

  template <bool kIsInt4>
  static std::int32_t Code(const std::uint8_t* group, std::size_t at) {
    if constexpr (!kIsInt4) return static_cast<std::int8_t>(group[at]);
    constexpr std::size_t kHalf = kGroupCodes / 2;
    return (at < kHalf ? group[at] & 0x0F : group[at - kHalf] >> 4) - 8;
  }

  /// The sums behind the last column are those of the panel's padding, and are written over or left alone.
  template <bool kIsInt4, std::size_t kTileRows>
  static void SumPanels(const GemmU8S8S32Args& args, std::size_t row, std::size_t first, std::size_t columns,
                        std::int32_t* sums) {
    const std::size_t groups = (args.k + kGroupRows - 1) / kGroupRows;
    const std::size_t panel_bytes = groups * kGroupBytes<kIsInt4>;
    const auto* panel = static_cast<const std::uint8_t*>(args.packed_b) + first / kPanelColumns * panel_bytes;
    for (std::size_t c = 0; c < columns; c += kPanelColumns, panel += panel_bytes) {
      SumPanel<kIsInt4, kTileRows>(args.a + row * args.lda, args.lda, groups, panel, sums + c);
    }
  }

  /// A row of A is readable to the end of its last group, whose codes of B outside of it are 0.
  template <bool kIsInt4, std::size_t kTileRows>
  static void SumPanel(const std::uint8_t* a, std::size_t lda, std::size_t groups, const std::uint8_t* group,
                       std::int32_t* sums) {
    std::int32_t tile[kTileRows][kPanelColumns] = {};
    for (std::size_t g = 0; g < groups; ++g, a += kGroupRows, group += kGroupBytes<kIsInt4>) {
      for (std::size_t c = 0; c < kPanelColumns; ++c) {
        for (std::size_t i = 0; i < kGroupRows; ++i) {
          const std::int32_t code = Code<kIsInt4>(group, c * kGroupRows + i);
          for (std::size_t r = 0; r < kTileRows; ++r) tile[r][c] += a[r * lda + i] * code;
        }
      }
    }
    for (std::size_t r = 0; r < kTileRows; ++r) {
      std::copy_n(tile[r], kPanelColumns, sums + r * GemmByRows<ScalarTile>::kSumsAtOnce);
    }
  }
};

}  // namespace

ALICE_GEMM_U8S8S32_BY_ROWS(GemmU8S8S32_2x4c2_Scalar, ScalarTile)

}  // namespace alice

#endif  // ALICE_HAS_SCALAR
