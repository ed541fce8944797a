#include <algorithm>

#include "backends/cpu/gemm_shape.h"
#include "backends/cpu/ops.h"
#include "kernels/gemm_f32/gemm_f32.h"
#include "numeric/fp8.h"
#include "tensor/buffer.h"

namespace alice {
namespace {

/// Columns that are decoded together.
constexpr std::size_t kPanel = 16;

/// A product of float activations and FP8 weights, which stay FP8 in memory: panels of columns are decoded, each weight
/// as DecodeFp8(code) · scale, and multiplied in FP32.
class Fp8GemmOp final : public Op {
 public:
  static CompiledOp Compile(const CompileContext& context) {
    auto op = std::make_unique<Fp8GemmOp>(context);
    const QuantizedForm& form = *context.node.quantized;
    const Tensor& codes = *context.graph.value(form.weights).constant;
    ALICE_ASSIGN_OR_RETURN(op->codes_, Buffer::Allocate(context.budget, MemoryKind::weights_int8, codes.bytes()));
    std::ranges::copy(codes.elements<const std::uint8_t>(), op->codes_.as<std::uint8_t>());
    return std::unique_ptr<Op>(std::move(op));
  }

  explicit Fp8GemmOp(const CompileContext& context)
      : gemm_(SelectGemmF32(context.isa)),
        scales_(context.graph.value(context.node.quantized->scales).constant->elements<const float>()),
        weights_(context.node.quantized->scheme.weights),
        bias_(context.constant_f32(2)),
        activation_(context.node.activation) {
    const Fp8Format format = weights_.type == WeightType::fp8e4m3 ? Fp8Format::e4m3fn : Fp8Format::e5m2;
    for (std::size_t code = 0; code < values_.size(); ++code) {
      values_[code] = DecodeFp8(static_cast<std::uint8_t>(code), format);
    }
  }

  Result<std::uint64_t> Bind(const Binding& binding) override {
    shape_ = GemmShapeOf(binding.inputs[0], binding.inputs[1], {});
    grid_ = ScaleGridOf(shape_.k, shape_.n, weights_);
    return std::uint64_t{shape_.k} * kPanel * sizeof(float) + kBufferSlack;
  }

  void Run(const OpIo& io) const override {
    auto* panel = reinterpret_cast<float*>(io.scratch);
    const auto* codes = codes_.as<const std::uint8_t>();
    for (std::size_t column = 0; column < shape_.n; column += kPanel) {
      const std::size_t width = std::min(kPanel, shape_.n - column);
      for (std::size_t row = 0; row < shape_.k; ++row) {
        for (std::size_t c = 0; c < width; ++c) {
          const float scale = scales_[grid_.IndexOf(row, column + c)];
          panel[row * kPanel + c] = values_[codes[row * shape_.n + column + c]] * scale;
        }
      }
      gemm_.run({.m = shape_.m,
                 .n = width,
                 .k = shape_.k,
                 .a = reinterpret_cast<const float*>(io.inputs[0]),
                 .lda = shape_.k,
                 .b = panel,
                 .ldb = kPanel,
                 .bias = bias_ == nullptr ? nullptr : bias_ + column,
                 .activation = activation_,
                 .c = reinterpret_cast<float*>(io.outputs[0]) + column,
                 .ldc = shape_.n});
    }
  }

  [[nodiscard]] std::size_t PackedWeightBytes() const override { return codes_.bytes() + scales_.size_bytes(); }

 private:
  const GemmF32Kernel& gemm_;
  Buffer codes_;
  std::span<const float> scales_;
  WeightScheme weights_;
  const float* bias_;
  Activation activation_;
  std::array<float, 256> values_{};
  GemmShape shape_;
  ScaleGrid grid_{1, 1, 1};
};

}  // namespace

CompiledOp CompileFp8Gemm(const CompileContext& context) { return Fp8GemmOp::Compile(context); }

}  // namespace alice
