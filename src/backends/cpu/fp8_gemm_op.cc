#include <algorithm>

#include "backends/cpu/fp8_weights.h"
#include "backends/cpu/gemm_shape.h"
#include "backends/cpu/ops.h"
#include "kernels/gemm_f32/gemm_f32.h"

namespace alice {
namespace {

/// Columns that are decoded together.
constexpr std::size_t kPanel = 16;

/// A product of float activations and FP8 weights: panels of columns are decoded and multiplied in FP32.
class Fp8GemmOp final : public Op {
 public:
  Fp8GemmOp(const CompileContext& context, Fp8Weights weights)
      : gemm_(SelectGemmF32(context.isa)),
        weights_(std::move(weights)),
        bias_(context.constant_f32(2)),
        activation_(context.node.activation) {}

  Result<std::uint64_t> Bind(const Binding& binding) override {
    rows_ = GemmShapeOf(binding.inputs[0], binding.inputs[1], {}).m;
    return std::uint64_t{weights_.k()} * kPanel * sizeof(float) + kBufferSlack;
  }

  void Run(const OpIo& io) const override {
    auto* panel = reinterpret_cast<float*>(io.scratch);
    for (std::size_t column = 0; column < weights_.n(); column += kPanel) {
      const std::size_t width = std::min(kPanel, weights_.n() - column);
      weights_.Decode(column, width, panel, kPanel);
      gemm_.run({.m = rows_,
                 .n = width,
                 .k = weights_.k(),
                 .a = reinterpret_cast<const float*>(io.inputs[0]),
                 .lda = weights_.k(),
                 .b = panel,
                 .ldb = kPanel,
                 .bias = bias_ == nullptr ? nullptr : bias_ + column,
                 .activation = activation_,
                 .c = reinterpret_cast<float*>(io.outputs[0]) + column,
                 .ldc = weights_.n()});
    }
  }

  [[nodiscard]] std::size_t PackedWeightBytes() const override { return weights_.bytes(); }

 private:
  const GemmF32Kernel& gemm_;
  Fp8Weights weights_;
  const float* bias_;
  Activation activation_;
  std::size_t rows_ = 0;
};

}  // namespace

CompiledOp CompileFp8Gemm(const CompileContext& context) {
  ALICE_ASSIGN_OR_RETURN(Fp8Weights weights, Fp8Weights::Create(context));
  return std::unique_ptr<Op>(std::make_unique<Fp8GemmOp>(context, std::move(weights)));
}

}  // namespace alice
