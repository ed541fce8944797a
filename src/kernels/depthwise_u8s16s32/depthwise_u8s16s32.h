#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "kernels/dequantize_gemm/dequantize_gemm.h"
#include "kernels/isa.h"
#include "tensor/window.h"

namespace alice {

/// A channels-last depthwise convolution (ONNX ConvInteger-10 with as many groups as channels and filters) of u8 codes with
/// weights that have lost their zero points:
///
///   sum[p, c] = Σ x[pixel of p under tap t, c] · w[t, c] over all taps t
///
/// exactly, in int32. A tap outside of x sees `padding`, which holds the zero point: so the sums are those of a product
/// [outputs, taps] · [taps, 1] for each channel, and what becomes of them is said by dequantize_gemm.h with a row for each
/// output and a column for each channel.
struct DepthwiseU8S16S32Args {
  Window2d window;            ///< of at most kMaxReductionU8S8Asymmetric elements
  std::size_t channels;       ///< ≥ 1
  const std::uint8_t* x;      ///< of one sample [rows, columns, channels]; kBufferSlack bytes behind it are readable
  const std::uint8_t* padding;  ///< [channels]; readable likewise
  const std::int16_t* packed;   ///< w, see PackedIndexDepthwiseU8S16S32; each weight in [−255, 255]
  std::size_t first, count;     ///< the outputs [first, first + count) of the sample, which are the rows 0, 1, ...
  std::byte* scratch;           ///< ScratchBytesDepthwiseU8S16S32(window) bytes, aligned to kBufferAlign
};

/// Where the sums go as they are: [count, channels], contiguous.
struct DepthwiseSums {
  std::int32_t* sums;
};

/// One implementation, with what it can do to sums while they are in registers.
struct DepthwiseU8S16S32Kernel {
  std::string_view name;
  Isa isa;
  void (*sums)(const DepthwiseU8S16S32Args&, const DepthwiseSums&);
  void (*dequantize)(const DepthwiseU8S16S32Args&, const Dequantization&);
  void (*requantize)(const DepthwiseU8S16S32Args&, const Requantization&);
};

std::span<const DepthwiseU8S16S32Kernel> AllDepthwiseU8S16S32();
const DepthwiseU8S16S32Kernel& SelectDepthwiseU8S16S32(Isa isa);

std::size_t ScratchBytesDepthwiseU8S16S32(const Window2d& window);

/// Channels that are adjacent in packed weights.
inline constexpr std::size_t kDepthwiseChannels = 8;

/// How many weights, w [taps, channels] packed, there are.
constexpr std::size_t PackedSizeDepthwiseU8S16S32(std::size_t taps, std::size_t channels) {
  return (channels + kDepthwiseChannels - 1) / kDepthwiseChannels * ((taps + 1) / 2) * 2 * kDepthwiseChannels;
}
/// Where the weight of a tap and a channel lies among them: block after block of kDepthwiseChannels channels; in a block
/// pair after pair of taps; in a pair channel after channel, each with two weights. What lies outside of w has to be 0.
constexpr std::size_t PackedIndexDepthwiseU8S16S32(std::size_t taps, std::size_t tap, std::size_t channel) {
  const std::size_t pair = channel / kDepthwiseChannels * ((taps + 1) / 2) + tap / 2;
  return (pair * kDepthwiseChannels + channel % kDepthwiseChannels) * 2 + tap % 2;
}

#define ALICE_KERNEL(name, isa)                                                          \
  struct name {                                                                          \
    static void Sums(const DepthwiseU8S16S32Args& args, const DepthwiseSums& to);        \
    static void Dequantize(const DepthwiseU8S16S32Args& args, const Dequantization& to); \
    static void Requantize(const DepthwiseU8S16S32Args& args, const Requantization& to); \
  };
#include "kernels/depthwise_u8s16s32/kernels.inc"
#undef ALICE_KERNEL

}  // namespace alice
