#include <algorithm>
#include <array>

#include "kernels/gemm_u8s8s32/gemm_u8s8s32.h"
#include "kernels/gemm_u8s8s32/group_codes.h"

namespace alice {
namespace {

/// The columns of a panel, row by row. Widths that are known when this is compiled are those of whole panels; 0 stands for
/// any.
template <std::size_t kWidth, std::size_t kGroupRows>
void Decode(const DecodePanelArgs& args, const GemmU8S8S32Kernel& kernel) {
  const GroupCodes codes(kernel, args.is_int4);
  std::array<float, kMaxPanelColumns> scales{};
  std::array<std::int32_t, kMaxPanelColumns> zero_points{};
  const std::size_t width = kWidth > 0 ? kWidth : args.last - args.first;
  const std::size_t kr = kGroupRows > 0 ? kGroupRows : kernel.kr;
  for (std::size_t c = 0; c < width; ++c) {
    scales[c] = args.scales[args.first + c];
    zero_points[c] = args.zero_points == nullptr ? 0 : args.zero_points[args.first + c];
  }
  const std::uint8_t* group = static_cast<const std::uint8_t*>(args.panel) + PanelHeadBytes(kernel);
  for (std::size_t first = 0; first < args.k; first += kr, group += codes.bytes()) {
    for (std::size_t row = first; row < std::min(first + kr, args.k); ++row) {
      float* const y = args.y + row * args.ldy;
      for (std::size_t c = 0; c < width; ++c) {
        const std::int32_t code = codes.Load(group, (args.first + c) * kr + row - first);
        y[c] = static_cast<float>(code - zero_points[c]) * scales[c];
      }
    }
  }
}

}  // namespace

void DecodePanelU8S8S32(const GemmU8S8S32Kernel& kernel, const DecodePanelArgs& args) {
  ALICE_CHECK(kernel.nr <= kMaxPanelColumns);
  const bool is_whole = args.last - args.first == 8;
  if (is_whole && kernel.kr == 2) return Decode<8, 2>(args, kernel);
  if (is_whole && kernel.kr == 4) return Decode<8, 4>(args, kernel);
  Decode<0, 0>(args, kernel);
}

}  // namespace alice
