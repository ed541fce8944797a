#include <algorithm>

#include "backends/cpu/conv_geometry.h"
#include "backends/cpu/ops.h"
#include "kernels/depthwise_f32/depthwise_f32.h"
#include "kernels/gemm_f32/gemm_f32.h"

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
    if (geometry_.is_pointwise() || geometry_.is_depthwise()) return std::uint64_t{0};
    return AlignUp(std::uint64_t{geometry_.tile()} * geometry_.patch * sizeof(float) + kBufferSlack);
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
    if (geometry_.is_depthwise()) {
      return depthwise_.run({geometry_.window, geometry_.samples, geometry_.channels, x, w, bias_, activation_, y});
    }
    const std::size_t filters = geometry_.filters * geometry_.groups;
    for (std::size_t sample = 0; sample < geometry_.samples; ++sample) {
      for (std::size_t first = 0; first < geometry_.outputs; first += geometry_.tile()) {
        const std::size_t count = std::min(geometry_.tile(), geometry_.outputs - first);
        for (std::size_t group = 0; group < geometry_.groups; ++group) {
          const std::size_t column = group * geometry_.filters;
          gemm_.run({.m = count,
                     .n = geometry_.filters,
                     .k = geometry_.patch,
                     .a = Patches(x, group, first, count, reinterpret_cast<float*>(io.scratch)),
                     .lda = geometry_.patch,
                     .b = w + column,
                     .ldb = is_packed_ ? kPackedF32 : filters,
                     .bias = bias_ == nullptr ? nullptr : bias_ + column,
                     .activation = activation_,
                     .c = y + first * filters + column,
                     .ldc = filters});
        }
      }
      x += geometry_.pixels * geometry_.channels;
      y += geometry_.outputs * filters;
    }
  }

  [[nodiscard]] std::string_view KernelName() const override { return gemm_.name; }

 private:
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
