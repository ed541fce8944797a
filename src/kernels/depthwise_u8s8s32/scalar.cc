#include "kernels/depthwise_u8s8s32/depthwise_u8s8s32.h"

#if ALICE_HAS_SCALAR
#include <algorithm>
#include <cstring>

#include "kernels/dequantize_gemm/part.h"

namespace alice {
namespace {

/// Sums the channels of an output side by side, a block of the packed weights at a time.
class DepthwiseByPixels {
 public:
  explicit DepthwiseByPixels(const DepthwiseU8S8S32Args& args) : args_(args) {
    const auto& [rows, columns] = args.window;
    groups_ = (static_cast<std::size_t>(rows.kernel) + kGroupRows - 1) / kGroupRows;
    block_bytes_ = static_cast<std::size_t>(columns.kernel) * groups_ * DepthwiseLayout::kGroupBytes;
  }

  /// use(row, first channel, channels, sums) for every output, some channels at a time.
  template <typename Use>
  void ForEachRow(const Use& use) const {
    std::int32_t sums[kSumsAtOnce];
    for (std::size_t row = 0; row < args_.count; ++row) {
      for (std::size_t c = 0; c < args_.channels; c += kSumsAtOnce) {
        const std::size_t channels = std::min(kSumsAtOnce, args_.channels - c);
        Sum(args_.first + row, c, channels, sums);
        use(row, c, channels, sums);
      }
    }
  }

 private:
  static constexpr std::size_t kGroupRows = 2;
  static constexpr std::size_t kSumsAtOnce = 64;
  static_assert(kSumsAtOnce % DepthwiseLayout::kChannels == 0);

  /// The sums of an output's channels from c on; those behind the last one, up to a whole block, are of no meaning.
  void Sum(std::size_t output, std::size_t c, std::size_t channels, std::int32_t* sums) const {
    const auto& [rows, columns] = args_.window;
    const auto width = static_cast<std::size_t>(columns.outputs);
    const auto row = static_cast<std::int64_t>(output / width);
    const auto column = static_cast<std::int64_t>(output % width);
    std::fill_n(sums, kSumsAtOnce, 0);
    const std::byte* const first = args_.packed + c / DepthwiseLayout::kChannels * block_bytes_;
    for (std::int64_t i = 0; i < rows.kernel; ++i) {
      const std::int64_t y = rows.At(row, i);
      const bool has_row = y >= 0 && y < rows.size;
      for (std::int64_t j = 0; j < columns.kernel; ++j) {
        const std::int64_t z = columns.At(column, j);
        const bool inside = has_row && z >= 0 && z < columns.size;
        const std::uint8_t* x =
            (inside ? args_.x + static_cast<std::size_t>(y * columns.size + z) * args_.pixel : args_.padding) + c;
        const std::size_t group = static_cast<std::size_t>(j) * groups_ + static_cast<std::size_t>(i) / kGroupRows;
        const std::byte* w =
            first + group * DepthwiseLayout::kGroupBytes + static_cast<std::size_t>(i) % kGroupRows * kWeightBytes;
        for (std::size_t at = 0; at < channels; at += DepthwiseLayout::kChannels, w += block_bytes_) {
          AddBlock(x + at, w, sums + at);
        }
      }
    }
  }

  static void AddBlock(const std::uint8_t* x, const std::byte* w, std::int32_t* sums) {
    for (std::size_t c = 0; c < DepthwiseLayout::kChannels; ++c, w += kGroupRows * kWeightBytes) {
      std::int16_t weight = 0;
      std::memcpy(&weight, w, sizeof weight);
      sums[c] += std::int32_t{x[c]} * weight;
    }
  }

  static constexpr std::size_t kWeightBytes = sizeof(std::int16_t);
  static_assert(DepthwiseLayout::kGroupBytes == DepthwiseLayout::kChannels * kGroupRows * kWeightBytes);

  const DepthwiseU8S8S32Args& args_;
  std::size_t groups_;
  std::size_t block_bytes_;  ///< of the weights of a block of channels
};

}  // namespace

using DepthwiseScalar = DepthwiseU8S8S32_8c2_Scalar;

void DepthwiseScalar::Sums(const DepthwiseU8S8S32Args& args, const DepthwiseSums& to) {
  DepthwiseByPixels(args).ForEachRow(
      [&](std::size_t row, std::size_t c, std::size_t channels, const std::int32_t* sums) {
        std::copy_n(sums, channels, to.sums + row * args.channels + c);
      });
}

void DepthwiseScalar::Dequantize(const DepthwiseU8S8S32Args& args, const Dequantization& to) {
  DepthwiseByPixels(args).ForEachRow(
      [&](std::size_t row, std::size_t c, std::size_t channels, const std::int32_t* sums) {
        DequantizeGemm_Reference({1, channels, sums, channels, PartOf(to, row, c)});
      });
}

void DepthwiseScalar::Requantize(const DepthwiseU8S8S32Args& args, const Requantization& to) {
  DepthwiseByPixels(args).ForEachRow(
      [&](std::size_t row, std::size_t c, std::size_t channels, const std::int32_t* sums) {
        RequantizeGemm_Reference({1, channels, sums, channels, PartOf(to, row, c)});
      });
}

}  // namespace alice

#endif  // ALICE_HAS_SCALAR
