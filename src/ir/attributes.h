#pragma once

#include <array>
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

/// ONNX Softmax, LogSoftmax: over `axis` alone (operator set 13), or over all axes from `axis` on together (before).
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

/// ONNX Cast-13, between numeric types and bool; float to integer truncates towards zero. Of a Dropout: the type of its
/// mask.
struct CastAttributes {
  DType to = DType::f32;
};

/// ONNX BatchNormalization-15, inference mode. Inputs: X, scale, B, mean, var.
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

/// ONNX MaxPool-12 and AveragePool-19. X and Y as those of Conv, channels_last only for floats, at most two spatial axes
/// and without indices. The indices are those of X as it lies, or with the last of its spatial axes outermost.
struct PoolAttributes {
  WindowAttributes window;
  bool count_include_pad = false;     ///< AveragePool: padding counts as elements that are 0
  bool column_major_indices = false;  ///< MaxPool
  bool channels_last = false;
};

/// ONNX GlobalAveragePool-1 and GlobalMaxPool-1: the mean or the maximum over the spatial axes, which become 1.
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

/// The reductions of ir/reduction.inc, ONNX ReduceSum-13 and ReduceMean-18: along `axes`; without any along all, or with
/// `noop_without_axes` a copy of the input. A reduced axis becomes 1, or goes.
struct ReduceAttributes {
  Shape axes;
  bool keep_dims = true;
  bool noop_without_axes = false;
};

/// Which axes of a tensor are meant.
using AxisSet = std::array<bool, kMaxRank>;

/// The axes that are reduced in a tensor of `rank` axes, which has all that `reduce` names.
inline AxisSet ReducedAxes(const ReduceAttributes& reduce, std::size_t rank) {
  AxisSet reduced{};
  if (reduce.axes.rank() == 0 && !reduce.noop_without_axes) reduced.fill(true);
  for (const std::int64_t axis : reduce.axes.dims()) {
    reduced[static_cast<std::size_t>(axis < 0 ? axis + static_cast<std::int64_t>(rank) : axis)] = true;
  }
  return reduced;
}

/// ONNX ArgMax-13 and ArgMin-13: the index of the first extreme element along `axis`, or of the last.
struct ArgAttributes {
  std::int64_t axis = 0;
  bool keep_dims = true;
  bool select_last = false;
};

/// ONNX TopK-11. Of equal elements the first comes first. `sorted` is met always.
struct TopKAttributes {
  std::int64_t k = 1;
  std::int64_t axis = -1;
  bool largest = true;
  bool sorted = true;
};

/// Which way a recurrent operator goes through time; `bidirectional` is `forward`, then `reverse`.
enum class RecurrentDirection : std::uint8_t { forward, reverse, bidirectional };

/// ONNX LSTM-14, GRU-14 and RNN-14. Inputs: X [time, batch, input], W [directions, gates · hidden, input], R [directions,
/// gates · hidden, hidden], then where they are given B [directions, 2 · gates · hidden], sequence_lens [batch], initial_h
/// [directions, batch, hidden], of LSTM initial_c of the same shape and P [directions, 3 · hidden]. Outputs: Y [time,
/// directions, batch, hidden], Y_h and Y_c [directions, batch, hidden]. Where `batch_first`, batch is the first axis of X,
/// Y (then time) and all states.
/// Where `takes_products`, the form whose products can be quantized (passes/split_recurrent.cc): one direction, whose X is
/// multiplied with W already and has its bias, [time, batch, gates · hidden]; input 1 is the transpose of R, [hidden, gates
/// · hidden], input 2 its bias, a constant [gates · hidden] or none, input 3 none.
struct RecurrentAttributes {
  RecurrentDirection direction = RecurrentDirection::forward;
  /// Of each direction f, of GRU and LSTM g, of LSTM h.
  std::array<std::array<Activation, 3>, 2> activations;
  std::optional<float> clip;  ///< what enters an activation is held to [−clip, clip]
  std::int64_t hidden = 0;    ///< 0: as R says
  bool batch_first = false;
  bool linear_before_reset = false;  ///< GRU: the reset gate is applied after the product with R
  bool input_forget = false;         ///< LSTM: the forget gate is 1 − the input gate
  bool takes_products = false;

  [[nodiscard]] std::size_t directions() const { return direction == RecurrentDirection::bidirectional ? 2 : 1; }
};

/// ONNX ConvTranspose-11. X [N, C, ...], W [C, O / group, ...], B [O]. Where `output_shape` is given, the padding follows
/// from it.
struct ConvTransposeAttributes {
  WindowAttributes window;
  std::int64_t group = 1;
  Shape output_padding;  ///< elements that the end of each spatial axis of Y has in addition
  Shape output_shape;    ///< the spatial axes of Y
};

/// ONNX InstanceNormalization-6, GroupNormalization-21 and LayerNormalization-17: y = (x − mean) / √(variance + epsilon)
/// · scale + B.
struct NormalizationAttributes {
  float epsilon = 1e-5f;
  std::int64_t axis = -1;         ///< LayerNormalization: over it and all behind it
  std::int64_t groups = 1;        ///< GroupNormalization: of channels
  bool scales_of_groups = false;  ///< GroupNormalization-18: scale and B are one for each group, not channel
};

/// ONNX MeanVarianceNormalization-13: y = (x − mean) / (√variance + 1e-9) along `axes`.
struct MeanVarianceAttributes {
  Shape axes;
};

/// ONNX LpNormalization-1: p is 1 or 2.
struct LpNormalizationAttributes {
  std::int64_t axis = -1;
  std::int64_t p = 2;
};

/// ONNX LRN-13: y = x / (bias + alpha / size · Σ x²)^beta, the sum over `size` channels around x's.
struct LrnAttributes {
  float alpha = 1e-4f;
  float beta = 0.75f;
  float bias = 1.0f;
  std::int64_t size = 1;
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

/// ONNX Mod-13: the remainder has the sign of the divisor, or as C's fmod that of the dividend.
struct ModAttributes {
  bool fmod = false;
};

/// ONNX BitShift-11.
struct BitShiftAttributes {
  bool left = false;
};

/// Of operators that have none.
using NoAttributes = std::monostate;

/// The operators of ir/activation_op.h carry their meaning as an Activation.
using AnyAttributes =
    std::variant<NoAttributes, GemmAttributes, SoftmaxAttributes, FlattenAttributes, ReshapeAttributes, CastAttributes,
                 BatchNormalizationAttributes, QuantizeLinearAttributes, DequantizeLinearAttributes, ConvAttributes,
                 PoolAttributes, GlobalPoolAttributes, TransposeAttributes, ConcatAttributes, MatMulNBitsAttributes,
                 ModAttributes, BitShiftAttributes, SliceAttributes, GatherAttributes, AxesAttributes, ExpandAttributes,
                 TileAttributes, PadAttributes, SplitAttributes, ShapeAttributes, FillAttributes, BlockAttributes,
                 ResizeAttributes, ReduceAttributes, ArgAttributes, TopKAttributes, RecurrentAttributes,
                 ConvTransposeAttributes, NormalizationAttributes, MeanVarianceAttributes, LpNormalizationAttributes,
                 LrnAttributes, Activation>;

/// What a node says beyond its operands: one of the above. (Copied, moved and destroyed in attributes.cc, for a variant of
/// so many types costs every file that moves a node seconds of compilation and kilobytes of code.)
struct Attributes : AnyAttributes {
  using AnyAttributes::AnyAttributes;
  Attributes();
  Attributes(const Attributes& other);
  Attributes(Attributes&& other) noexcept;
  Attributes& operator=(const Attributes& other);
  Attributes& operator=(Attributes&& other) noexcept;
  ~Attributes();
};

}  // namespace alice
