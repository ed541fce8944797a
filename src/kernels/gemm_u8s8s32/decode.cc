#include <algorithm>
#include <array>

#include "kernels/gemm_u8s8s32/gemm_u8s8s32.h"
#include "numeric/int4.h"

namespace alice {
namespace {

/// The columns of a panel, row by row; `code` gives the code at a place of the panel. A width that is known when this is
/// compiled is that of whole panels; 0 stands for any.
template <std::size_t kWidth, typename Code>
void Decode(const DecodePanelArgs& args, std::size_t nr, std::size_t kr, const Code& code) {
  std::array<float, kMaxPanelColumns> scales{};
  std::array<std::int32_t, kMaxPanelColumns> zero_points{};
  const std::size_t width = kWidth > 0 ? kWidth : args.last - args.first;
  for (std::size_t c = 0; c < width; ++c) {
    scales[c] = args.scales[args.first + c];
    zero_points[c] = args.zero_points == nullptr ? 0 : args.zero_points[args.first + c];
  }
  for (std::size_t row = 0; row < args.k; ++row) {
    const std::size_t place = row / kr * kr * nr + row % kr + args.first * kr;
    float* const y = args.y + row * args.ldy;
    for (std::size_t c = 0; c < width; ++c) {
      y[c] = static_cast<float>(code(place + c * kr) - zero_points[c]) * scales[c];
    }
  }
}

template <typename Code>
void Decode(const DecodePanelArgs& args, const GemmU8S8S32Kernel& kernel, const Code& code) {
  if (args.last - args.first == 8 && kernel.kr == 2) return Decode<8>(args, kernel.nr, 2, code);
  Decode<0>(args, kernel.nr, kernel.kr, code);
}

}  // namespace

void DecodePanelU8S8S32(const GemmU8S8S32Kernel& kernel, const DecodePanelArgs& args) {
  ALICE_CHECK(kernel.nr <= kMaxPanelColumns);
  if (args.is_int4) {
    const auto* codes = reinterpret_cast<const std::uint8_t*>(args.packed);
    Decode(args, kernel, [&](std::size_t at) { return std::int32_t{LoadInt4(codes, args.begin + at)}; });
  } else {
    const auto* codes = reinterpret_cast<const std::int8_t*>(args.packed) + args.begin;
    Decode(args, kernel, [=](std::size_t at) { return std::int32_t{codes[at]}; });
  }
}

}  // namespace alice
