#include <algorithm>

#include "kernels/depthwise_u8s8s32/depthwise_u8s8s32.h"
#include "kernels/dequantize_gemm/part.h"

namespace alice {
namespace {

/// The codes of all channels under a tap of an output.
const std::uint8_t* PixelUnder(const DepthwiseU8S8S32Args& args, std::int64_t output, std::int64_t tap) {
  const auto& [rows, columns] = args.window;
  const std::int64_t y = rows.At(output / columns.outputs, tap / columns.kernel);
  const std::int64_t z = columns.At(output % columns.outputs, tap % columns.kernel);
  if (y < 0 || y >= rows.size || z < 0 || z >= columns.size) return args.padding;
  return args.x + static_cast<std::size_t>(y * columns.size + z) * args.pixel;
}

std::int32_t DepthwiseSum(const DepthwiseU8S8S32Args& args, std::size_t row, std::size_t channel) {
  const auto& [rows, columns] = args.window;
  const DepthwiseLayout layout(AllDepthwiseU8S8S32().front(), static_cast<std::size_t>(rows.kernel),
                               static_cast<std::size_t>(columns.kernel));
  const auto taps = static_cast<std::size_t>(args.window.elements());
  std::int32_t sum = 0;
  for (std::size_t tap = 0; tap < taps; ++tap) {
    const std::uint8_t* pixel =
        PixelUnder(args, static_cast<std::int64_t>(args.first + row), static_cast<std::int64_t>(tap));
    sum += std::int32_t{pixel[channel]} * layout.Load(args.packed, tap, channel);
  }
  return sum;
}

}  // namespace

using DepthwiseReference = DepthwiseU8S8S32_Reference;

void DepthwiseReference::Sums(const DepthwiseU8S8S32Args& args, const DepthwiseSums& to) {
  for (std::size_t row = 0; row < args.count; ++row) {
    for (std::size_t c = 0; c < args.channels; ++c) to.sums[row * args.channels + c] = DepthwiseSum(args, row, c);
  }
}

void DepthwiseReference::Dequantize(const DepthwiseU8S8S32Args& args, const Dequantization& to) {
  for (std::size_t row = 0; row < args.count; ++row) {
    for (std::size_t c = 0; c < args.channels; ++c) {
      const std::int32_t sum = DepthwiseSum(args, row, c);
      DequantizeGemm_Reference({1, 1, &sum, 1, PartOf(to, row, c)});
    }
  }
}

void DepthwiseReference::Requantize(const DepthwiseU8S8S32Args& args, const Requantization& to) {
  for (std::size_t row = 0; row < args.count; ++row) {
    for (std::size_t c = 0; c < args.channels; ++c) {
      const std::int32_t sum = DepthwiseSum(args, row, c);
      RequantizeGemm_Reference({1, 1, &sum, 1, PartOf(to, row, c)});
    }
  }
}

}  // namespace alice
