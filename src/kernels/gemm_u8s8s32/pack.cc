#include <algorithm>
#include <cstring>

#include "kernels/gemm_u8s8s32/gemm_u8s8s32.h"
#include "kernels/gemm_u8s8s32/group_codes.h"
#include "numeric/int4.h"

namespace alice {
namespace {

constexpr std::size_t RoundUp(std::size_t value, std::size_t step) { return (value + step - 1) / step * step; }

/// The columns [first, first + columns) of B into one panel; `code` gives the code at a row and a column.
template <typename Code>
void PackPanel(const GemmU8S8S32Kernel& kernel, const PackU8S8S32Args& args, std::size_t first, std::uint8_t* panel,
               const Code& code) {
  const GroupCodes codes(kernel, args.is_int4);
  const std::size_t columns = std::min(kernel.nr, args.n - first);
  std::int32_t sums[kMaxPanelColumns] = {};
  std::uint8_t* group = panel + PanelHeadBytes(kernel);
  for (std::size_t row = 0; row < args.k; row += kernel.kr, group += codes.bytes()) {
    for (std::size_t column = 0; column < kernel.nr; ++column) {
      for (std::size_t i = 0; i < kernel.kr; ++i) {
        const bool is_inside = column < columns && row + i < args.k;
        const std::int32_t value = is_inside ? code(row + i, first + column) : 0;
        codes.Store(group, column * kernel.kr + i, value);
        sums[column] += value;
      }
    }
  }
  std::copy_n(sums, columns, args.column_sums + first);
  if (kernel.dot != DotMeaning::signed_signed) return;
  for (std::int32_t& sum : sums) sum *= 128;
  std::memcpy(panel, sums, PanelHeadBytes(kernel));
}

}  // namespace

std::size_t ScratchBytesU8S8S32(const GemmU8S8S32Kernel& kernel, std::size_t m, std::size_t k) {
  return std::min(m, kernel.mr) * RoundUp(k, 16) * kernel.a_bytes;
}

std::size_t PanelBytesU8S8S32(const GemmU8S8S32Kernel& kernel, std::size_t k, bool is_int4) {
  return PanelHeadBytes(kernel) + (k + kernel.kr - 1) / kernel.kr * GroupCodes(kernel, is_int4).bytes();
}

std::size_t PackedBytesU8S8S32(const GemmU8S8S32Kernel& kernel, std::size_t k, std::size_t n, bool is_int4) {
  return (n + kernel.nr - 1) / kernel.nr * PanelBytesU8S8S32(kernel, k, is_int4);
}

void PackU8S8S32(const GemmU8S8S32Kernel& kernel, const PackU8S8S32Args& args) {
  ALICE_CHECK(kernel.nr <= kMaxPanelColumns);
  auto* panel = static_cast<std::uint8_t*>(args.packed);
  const std::size_t panel_bytes = PanelBytesU8S8S32(kernel, args.k, args.is_int4);
  const auto* b = static_cast<const std::uint8_t*>(args.b);
  const std::size_t ldb = args.ldb == 0 ? args.n : args.ldb;
  for (std::size_t first = 0; first < args.n; first += kernel.nr, panel += panel_bytes) {
    if (args.is_int4) {
      PackPanel(kernel, args, first, panel, [&](std::size_t row, std::size_t column) {
        return std::int32_t{LoadInt4(b, args.first + row * ldb + column)};
      });
    } else {
      PackPanel(kernel, args, first, panel, [&](std::size_t row, std::size_t column) {
        return std::int32_t{static_cast<std::int8_t>(b[args.first + row * ldb + column] ^ args.flip)};
      });
    }
  }
}

}  // namespace alice
