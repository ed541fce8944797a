#include "backends/cpu/conv_geometry.h"
#include "backends/cpu/ops.h"
#include "backends/cpu/product_pieces.h"
#include "kernels/depthwise_f32/depthwise_f32.h"
#include "kernels/gemm_f32/gemm_f32.h"
#include "kernels/product_columns.h"

namespace alice {
namespace {

/// A channels-last Conv in FP32: tiles of patches times the filters of their group, or channel by channel where each has one.
class ConvOp final : public Op {
 public:
  explicit ConvOp(const CompileContext& context)
      : gemm_(SelectGemmF32(context.isa)),
        depthwise_(SelectDepthwiseF32(context.isa)),
        attributes_(std::get<ConvAttributes>(context.node.attributes)),
        bias_(context.constant_f32(2)),
        activation_(context.node.activation) {}

  Result<std::uint64_t> Bind(const Binding& binding) override {
    ALICE_ASSIGN_OR_RETURN(geometry_, ConvGeometry::Of(attributes_, binding.inputs[0], binding.inputs[1]));
    if (geometry_.is_depthwise()) {
      const auto row_sums =
          static_cast<std::size_t>(geometry_.window.columns.outputs * geometry_.window.elements()) * geometry_.channels;
      const std::size_t least = std::max<std::size_t>(kLeastSums / std::max<std::size_t>(row_sums, 1), 1);
      const std::size_t rows = Index(geometry_.window.rows.outputs);
      rows_ = {rows, {.most = rows, .least = least}, binding.threads};
      return std::uint64_t{0};
    }
    pieces_ = {{.units = geometry_.outputs,
                .columns = geometry_.filters,
                .k = geometry_.patch,
                .rows_lie = geometry_.is_pointwise()},
               geometry_.tile(),
               kTileColumns,
               binding.threads};
    if (geometry_.is_pointwise()) return std::uint64_t{0};
    const std::uint64_t tile =
        AlignUp(std::uint64_t{geometry_.tile()} * geometry_.patch * sizeof(float) + kBufferSlack);
    tile_bytes_ = static_cast<std::size_t>(tile);
    return tile * binding.threads;
  }

  [[nodiscard]] MatrixSize PackableWeights() const override {
    if (is_packed_ || geometry_.groups != 1) return {};
    return {geometry_.patch, geometry_.filters};
  }
  void TakePackedWeights() override { is_packed_ = true; }

  void Run(const OpIo& io) const override {
    const auto* x = reinterpret_cast<const float*>(io.inputs[0]);
    const auto* w = reinterpret_cast<const float*>(io.inputs[1]);
    auto* y = reinterpret_cast<float*>(io.outputs[0]);
    const std::size_t filters = geometry_.filters * geometry_.groups;
    for (std::size_t sample = 0; sample < geometry_.samples; ++sample) {
      if (geometry_.is_depthwise()) {
        RunDepthwise(io, x, w, y);
      } else {
        RunProducts(io, x, w, y);
      }
      x += geometry_.pixels * geometry_.channels;
      y += geometry_.outputs * filters;
    }
  }

  [[nodiscard]] std::string_view KernelName() const override { return gemm_.name; }

 private:
  /// What takes some microseconds.
  static constexpr std::size_t kLeastSums = std::size_t{1} << 15;

  /// One sample; so the next.
  void RunDepthwise(const OpIo& io, const float* x, const float* w, float* y) const {
    const std::size_t row = Index(geometry_.window.columns.outputs) * geometry_.channels;
    rows_.ForEach(io.threads, [&](std::size_t first, std::size_t count, std::size_t /*thread*/) {
      const Window2d window{geometry_.window.rows.Part(AxisSize(first), AxisSize(count)), geometry_.window.columns};
      depthwise_.run({window, 1, geometry_.channels, x, w, bias_, activation_, y + first * row});
    });
  }

  void RunProducts(const OpIo& io, const float* x, const float* w, float* y) const {
    const std::size_t filters = geometry_.filters * geometry_.groups;
    pieces_.ForEach(
        io.threads, true,
        [&](std::size_t first, std::size_t count, std::size_t column, std::size_t columns, std::size_t thread) {
          auto* const scratch = reinterpret_cast<float*>(io.scratch + thread * tile_bytes_);
          for (std::size_t group = 0; group < geometry_.groups; ++group) {
            const std::size_t filter = group * geometry_.filters + column;
            gemm_.run({.m = count,
                       .n = columns,
                       .k = geometry_.patch,
                       .a = Patches(x, group, first, count, scratch),
                       .lda = geometry_.patch,
                       .b = is_packed_ ? w + column * geometry_.patch : w + filter,
                       .ldb = is_packed_ ? kPackedF32 : filters,
                       .bias = bias_ == nullptr ? nullptr : bias_ + filter,
                       .activation = activation_,
                       .c = y + first * filters + filter,
                       .ldc = filters});
          }
        });
  }

  const float* Patches(const float* x, std::size_t group, std::size_t first, std::size_t count, float* scratch) const {
    if (geometry_.is_pointwise()) return x + first * geometry_.patch;
    Im2col(geometry_.Patches(group, first, count), x, 0.0f, scratch, geometry_.patch);
    return scratch;
  }

  const GemmF32Kernel& gemm_;
  const DepthwiseF32Kernel& depthwise_;
  ConvAttributes attributes_;
  const float* bias_;
  Activation activation_;
  ConvGeometry geometry_;
  ProductPieces pieces_;  ///< of one sample and group
  Pieces rows_;           ///< of one sample, where it is depthwise
  std::size_t tile_bytes_ = 0;
  bool is_packed_ = false;
};

}  // namespace

CompiledOp CompileConv(const CompileContext& context) {
  if (!std::get<ConvAttributes>(context.node.attributes).channels_last) {
    return MakeError(ErrorCode::model_unsupported_operator, "Conv \"", context.node.name,
                     "\" has weights or a bias that are computed at run time; only constants are supported");
  }
  return std::unique_ptr<Op>(std::make_unique<ConvOp>(context));
}

}  // namespace alice
