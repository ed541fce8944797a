#pragma once

#include <cstdint>
#include <optional>
#include <variant>

#include "ir/movement_attributes.h"
#include "numeric/activation.h"
#include "tensor/dtype.h"
#include "tensor/shape.h"

namespace alice {

/// ONNX Gemm-13: Y = alpha · A' · B' + beta · C, A' = A or its transpose, B' likewise.
struct GemmAttributes {
  float alpha = 1.0f;
  float beta = 1.0f;
  bool trans_a = false;
  bool trans_b = false;
};

/// ONNX Softmax: over `axis` alone (operator set 13), or over all axes from `axis` on together (before).
struct SoftmaxAttributes {
  std::int64_t axis = -1;
  bool flatten_from_axis = false;
};

/// ONNX Flatten-13: axes before `axis` become the rows, the others the columns. May be negative.
struct FlattenAttributes {
  std::int64_t axis = 1;
};

/// ONNX Reshape-14. In `dims`, −1 is derived (once at most), 0 copies the input's axis unless `allow_zero`.
struct ReshapeAttributes {
  Shape dims;
  bool allow_zero = false;
};

/// ONNX Cast-13, between numeric types and bool; float to integer truncates towards zero.
struct CastAttributes {
  DType to = DType::f32;
};

/// ONNX BatchNormalization-15, inference mode. Inputs: X, scale, B, mean, var, the last four constants.
struct BatchNormalizationAttributes {
  float epsilon = 1e-5f;
};

/// ONNX QuantizeLinear-21 without blocks. `axis` counts where scale and zero point are vectors. The zero point gives
/// the result's type; `to` gives it where there is none (nothing: u8).
struct QuantizeLinearAttributes {
  std::int64_t axis = 1;
  std::optional<DType> to;
};

/// ONNX DequantizeLinear-21; `axis` as above. With a `block_size`, every that many elements along `axis` share a scale.
struct DequantizeLinearAttributes {
  std::int64_t axis = 1;
  std::int64_t block_size = 0;  ///< 0: no blocks
};

/// How a window's padding follows from the input's size (ONNX auto_pad): not at all; so that there is one output a
/// stride, the odd element at the end or at the beginning; none.
enum class AutoPad : std::uint8_t { notset, same_upper, same_lower, valid };

/// The sliding window of Conv and the pooling operators. One entry a spatial axis; empty means the default: 1, for
/// `pads` 0, for the `kernel` of a Conv what its weights say.
struct WindowAttributes {
  Shape kernel;
  Shape strides;
  Shape dilations;
  Shape pads;  ///< the beginnings of all axes, then their ends
  AutoPad auto_pad = AutoPad::notset;
  bool ceil_mode = false;
};

/// ONNX Conv-11. As ONNX has it: X [N, C, ...], W [O, C / group, ...]. With `channels_last`, the form that backends
/// execute: X [N, ..., C], W a matrix [kernel elements · C / group, O] whose rows go through the kernel's positions and
/// in each through the channels, Y [N, ..., O]. B is a constant [O] where it is given.
struct ConvAttributes {
  WindowAttributes window;
  std::int64_t group = 1;
  bool channels_last = false;
};

/// ONNX MaxPool-12 and AveragePool-19 without indices. X and Y as those of Conv.
struct PoolAttributes {
  WindowAttributes window;
  bool count_include_pad = false;  ///< AveragePool: padding counts as elements that are 0
  bool channels_last = false;
};

/// ONNX GlobalAveragePool-1: the mean over the spatial axes, which become 1.
struct GlobalPoolAttributes {
  bool channels_last = false;
};

/// ONNX Transpose-13: axis i of the result is axis permutation[i] of the input. Empty reverses the axes.
struct TransposeAttributes {
  Shape permutation;
};

/// The permutation with an empty one written out for `rank` axes.
inline Shape PermutationOf(const TransposeAttributes& transpose, std::size_t rank) {
  Shape permutation = transpose.permutation;
  if (permutation.rank() > 0) return permutation;
  for (std::size_t axis = rank; axis > 0; --axis) permutation.Append(static_cast<std::int64_t>(axis) - 1);
  return permutation;
}

/// ONNX Concat-13.
struct ConcatAttributes {
  std::int64_t axis = 0;
};

/// com.microsoft MatMulNBits-1 with 4 bits. Inputs: A, codes u8 [n, blocks, block_size / 2], scales [n · blocks], zero
/// points u8 [n, blocks / 2 rounded up] or none (8), none, bias [n] or none; all but A constants. Code 2i of a block is in
/// the low half of its byte i, and so with zero points. Where `quantizes_a`, A may be quantized to 8 bits.
struct MatMulNBitsAttributes {
  std::int64_t k = 0;
  std::int64_t n = 0;
  std::int64_t block_size = 0;  ///< codes along k that share a scale: a power of 2, at least 16
  bool quantizes_a = false;
};

/// Relu, LeakyRelu, Clip, Sigmoid and Tanh nodes carry their meaning as an Activation.
using Attributes =
    std::variant<std::monostate, GemmAttributes, SoftmaxAttributes, FlattenAttributes, ReshapeAttributes,
                 CastAttributes, BatchNormalizationAttributes, QuantizeLinearAttributes, DequantizeLinearAttributes,
                 ConvAttributes, PoolAttributes, GlobalPoolAttributes, TransposeAttributes, ConcatAttributes,
                 MatMulNBitsAttributes, SliceAttributes, GatherAttributes, AxesAttributes, ExpandAttributes,
                 TileAttributes, PadAttributes, SplitAttributes, ShapeAttributes, FillAttributes, BlockAttributes,
                 ResizeAttributes, Activation>;

}  // namespace alice
