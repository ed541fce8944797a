#include <algorithm>
#include <array>

#include "backends/cpu/ops.h"
#include "backends/cpu/scratch_layout.h"
#include "backends/cpu/tile_rows.h"
#include "backends/cpu/transposed_weights.h"
#include "ir/window.h"
#include "kernels/gemm_f32/gemm_f32.h"

namespace alice {
namespace {

/// ConvTranspose: weights [output channels · kernel elements, C] · X [C, pixels], each product row added into Y where its
/// kernel element puts it, some output channels at a time. Spatial axes are three; those that X lacks are of size 1.
class ConvTransposeOp final : public Op {
 public:
  explicit ConvTransposeOp(const CompileContext& context)
      : gemm_(SelectGemmF32(context.isa)),
        attributes_(std::get<ConvTransposeAttributes>(context.node.attributes)),
        has_bias_(context.has_input(2)),
        groups_(static_cast<std::size_t>(attributes_.group)),
        weights_(context, 1, MatricesOf(context.input(1).shape, attributes_.group)) {}

  void Prepare(const Graph& graph) override { weights_.Prepare(graph); }

  Result<std::uint64_t> Bind(const Binding& binding) override {
    const Shape& x = binding.inputs[0];
    const Shape& w = binding.inputs[1];
    const std::size_t spatial = x.rank() - 2;
    axes_ = {};
    for (std::size_t axis = 0; axis < spatial; ++axis) {
      ALICE_ASSIGN_OR_RETURN(axes_[kSpatial - spatial + axis],
                             TransposedAxisOf(attributes_, axis, spatial, w[2 + axis], x[2 + axis]));
    }
    samples_ = static_cast<std::size_t>(x[0]);
    inputs_ = static_cast<std::size_t>(w[0]) / groups_;
    outputs_ = static_cast<std::size_t>(w[1]);
    taps_ = static_cast<std::size_t>(w.Product(2, w.rank()));
    x_pixels_ = static_cast<std::size_t>(x.Product(2, x.rank()));
    y_pixels_ = static_cast<std::size_t>(binding.outputs[0].Product(2, x.rank()));
    tile_ = TileRows(outputs_, taps_ * x_pixels_ * sizeof(float));
    ScratchLayout scratch;
    scratch.Place(weights_.ScratchBytes());
    products_offset_ = scratch.Place(std::uint64_t{tile_} * taps_ * x_pixels_ * sizeof(float));
    return scratch.bytes();
  }

  void Run(const OpIo& io) const override {
    const auto* const x = reinterpret_cast<const float*>(io.inputs[0]);
    const auto* const bias = has_bias_ ? reinterpret_cast<const float*>(io.inputs[2]) : nullptr;
    auto* const y = reinterpret_cast<float*>(io.outputs[0]);
    for (std::size_t group = 0; group < groups_; ++group) {
      const float* const w = weights_.Of(io, group, io.scratch);
      for (std::size_t sample = 0; sample < samples_; ++sample) {
        const std::size_t part = sample * groups_ + group;
        RunGroup(w, x + part * inputs_ * x_pixels_, bias == nullptr ? nullptr : bias + group * outputs_,
                 reinterpret_cast<float*>(io.scratch + products_offset_), y + part * outputs_ * y_pixels_);
      }
    }
  }

  [[nodiscard]] std::string_view KernelName() const override { return gemm_.name; }

 private:
  static constexpr std::size_t kSpatial = 3;

  /// One a group: [C / group, output channels of the group · kernel elements].
  static TransposedWeights::Matrices MatricesOf(const SymbolicShape& w, std::int64_t groups) {
    const Shape shape = w.Resolve({});
    return {static_cast<std::size_t>(groups), static_cast<std::size_t>(shape[0] / groups),
            static_cast<std::size_t>(shape.Product(1, shape.rank()))};
  }

  void RunGroup(const float* w, const float* x, const float* bias, float* products, float* y) const {
    for (std::size_t first = 0; first < outputs_; first += tile_) {
      const std::size_t count = std::min(tile_, outputs_ - first);
      gemm_.run({.m = count * taps_,
                 .n = x_pixels_,
                 .k = inputs_,
                 .a = w + first * taps_ * inputs_,
                 .lda = inputs_,
                 .b = x,
                 .ldb = x_pixels_,
                 .bias = nullptr,
                 .activation = {},
                 .c = products,
                 .ldc = x_pixels_});
      for (std::size_t i = 0; i < count; ++i) {
        float* const channel = y + (first + i) * y_pixels_;
        std::fill_n(channel, y_pixels_, bias == nullptr ? 0.0f : bias[first + i]);
        AddTaps(products + i * taps_ * x_pixels_, channel);
      }
    }
  }

  /// Adds the products of every kernel element, [taps, pixels of X], to a channel of Y.
  void AddTaps(const float* products, float* y) const {
    for (std::int64_t plane = 0; plane < axes_[0].kernel; ++plane) {
      for (std::int64_t row = 0; row < axes_[1].kernel; ++row) {
        for (std::int64_t column = 0; column < axes_[2].kernel; ++column, products += x_pixels_) {
          AddTap({plane, row, column}, products, y);
        }
      }
    }
  }

  void AddTap(const std::array<std::int64_t, kSpatial>& tap, const float* products, float* y) const {
    const auto [columns_first, columns_last] = axes_[2].OutputsOver(tap[2]);
    for (std::int64_t plane = 0; plane < axes_[0].outputs; ++plane) {
      const std::int64_t y_plane = axes_[0].At(plane, tap[0]);
      if (y_plane < 0 || y_plane >= axes_[0].size) continue;
      for (std::int64_t row = 0; row < axes_[1].outputs; ++row) {
        const std::int64_t y_row = axes_[1].At(row, tap[1]);
        if (y_row < 0 || y_row >= axes_[1].size) continue;
        const float* const from = products + (plane * axes_[1].outputs + row) * axes_[2].outputs;
        float* const to = y + (y_plane * axes_[1].size + y_row) * axes_[2].size;
        for (std::int64_t column = columns_first; column < columns_last; ++column) {
          to[axes_[2].At(column, tap[2])] += from[column];
        }
      }
    }
  }

  const GemmF32Kernel& gemm_;
  ConvTransposeAttributes attributes_;
  bool has_bias_;
  std::size_t groups_;
  TransposedWeights weights_;
  std::array<WindowAxis, kSpatial> axes_{};
  std::size_t samples_ = 0;
  std::size_t inputs_ = 0, outputs_ = 0;  ///< channels of a group
  std::size_t taps_ = 0, x_pixels_ = 0, y_pixels_ = 0;
  std::size_t tile_ = 0;  ///< output channels at a time
  std::size_t products_offset_ = 0;
};

}  // namespace

CompiledOp CompileConvTranspose(const CompileContext& context) {
  return std::unique_ptr<Op>(std::make_unique<ConvTransposeOp>(context));
}

}  // namespace alice
