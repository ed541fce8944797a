#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "kernels/dequantize_gemm/dequantize_gemm.h"
#include "kernels/dot_meaning.h"
#include "kernels/isa.h"
#include "tensor/window.h"

namespace alice {

/// A channels-last depthwise convolution (ONNX ConvInteger-10 with as many groups as channels and filters) of u8 codes with
/// s8 codes that have lost their zero points:
///
///   sum[p, c] = Σ x[pixel of p under tap t, c] · w[t, c] over all taps t
///
/// exactly, in int32. A tap outside of x sees `padding`, which holds the zero point: so the sums are those of a product
/// [outputs, taps] · [taps, 1] for each channel, and what becomes of them is said by dequantize_gemm.h with a row for each
/// output and a column for each channel.
struct DepthwiseU8S8S32Args {
  Window2d window;              ///< of at most kMaxReductionU8S8Asymmetric elements
  std::size_t channels;         ///< ≥ 1
  std::size_t pixel;            ///< elements from one pixel of x to the next: more where x has other channels, too
  const std::uint8_t* x;        ///< of one sample [rows, columns, channels]; kBufferSlack bytes behind it are readable
  const std::uint8_t* padding;  ///< [channels]; readable likewise
  const std::byte* packed;      ///< w, packed for the same kernel by DepthwiseLayout
  std::size_t first, count;     ///< the outputs [first, first + count) of the sample, which are the rows 0, 1, ...
  std::byte* scratch;           ///< ScratchBytesDepthwiseU8S8S32 bytes, aligned to kBufferAlign
};

/// Where the sums go as they are: [count, channels], contiguous.
struct DepthwiseSums {
  std::int32_t* sums;
};

/// One implementation, with what it can do to sums while they are in registers.
struct DepthwiseU8S8S32Kernel {
  std::string_view name;
  Isa isa;
  std::size_t rows;  ///< of a window, that lie side by side in packed weights
  DotMeaning dot;    ///< what it needs of the relaxed dot product
  void (*sums)(const DepthwiseU8S8S32Args&, const DepthwiseSums&);
  void (*dequantize)(const DepthwiseU8S8S32Args&, const Dequantization&);
  void (*requantize)(const DepthwiseU8S8S32Args&, const Requantization&);
};

std::span<const DepthwiseU8S8S32Kernel> AllDepthwiseU8S8S32();
/// The best implementation that needs nothing above `isa`, for weights in [−128, 127] where `fits_s8`, else in [−255, 255].
/// Of those for the relaxed dot product, where the product kernel of that machine uses it (SelectGemmU8S8S32).
const DepthwiseU8S8S32Kernel& SelectDepthwiseU8S8S32(Isa isa, bool fits_s8);

std::size_t ScratchBytesDepthwiseU8S8S32(const DepthwiseU8S8S32Kernel& kernel, const Window2d& window);

/// How the weights of a window [rows, columns] are packed: block after block of kChannels channels; in a block column after
/// column of the window; in a column group after group of kernel.rows rows; in a group, of kGroupBytes, channel after
/// channel, each with the weights of its rows, s8 of four rows, else s16. What lies outside of the window has to be 0.
class DepthwiseLayout {
 public:
  static constexpr std::size_t kChannels = 8;
  static constexpr std::size_t kGroupBytes = 32;

  DepthwiseLayout(const DepthwiseU8S8S32Kernel& kernel, std::size_t rows, std::size_t columns)
      : group_rows_(kernel.rows), groups_((rows + group_rows_ - 1) / group_rows_), columns_(columns) {}

  /// Of the packed weights of that many channels.
  [[nodiscard]] std::size_t bytes(std::size_t channels) const {
    return (channels + kChannels - 1) / kChannels * columns_ * groups_ * kGroupBytes;
  }
  /// The weight of a tap, counted row by row, and a channel.
  void Store(std::byte* packed, std::size_t tap, std::size_t channel, int weight) const;
  [[nodiscard]] int Load(const std::byte* packed, std::size_t tap, std::size_t channel) const;

 private:
  [[nodiscard]] std::size_t OffsetOf(std::size_t tap, std::size_t channel) const;

  std::size_t group_rows_, groups_, columns_;
};

#define ALICE_KERNEL(name, isa, rows, dot)                                              \
  struct name {                                                                         \
    static void Sums(const DepthwiseU8S8S32Args& args, const DepthwiseSums& to);        \
    static void Dequantize(const DepthwiseU8S8S32Args& args, const Dequantization& to); \
    static void Requantize(const DepthwiseU8S8S32Args& args, const Requantization& to); \
  };
#include "kernels/depthwise_u8s8s32/kernels.inc"
#undef ALICE_KERNEL

}  // namespace alice
