#include <algorithm>

#include "backends/cpu/integer_product.h"
#include "backends/cpu/ops.h"
#include "numeric/requantize.h"

namespace alice {
namespace {

std::size_t Count(const Shape& shape) { return static_cast<std::size_t>(shape.elements()); }

/// ONNX MatMulInteger-10. Inputs: A, B, zero point of A, zero point of B.
class MatMulIntegerOp final : public Op {
 public:
  MatMulIntegerOp(const CompileContext& context, IntegerProduct product)
      : product_(std::move(product)), has_a_zeros_(context.has_input(2)), has_b_zeros_(context.has_input(3)) {}

  void Prepare(const Graph& graph) override { product_.Prepare(graph); }

  Result<std::uint64_t> Bind(const Binding& binding) override {
    if (has_a_zeros_) a_zeros_ = Count(binding.inputs[2]);
    if (has_b_zeros_) b_zeros_ = Count(binding.inputs[3]);
    return product_.Bind(binding.inputs[0], binding.inputs[1]);
  }

  void Run(const OpIo& io) const override {
    const ZeroPoints a_zeros{has_a_zeros_ ? io.inputs[2] : nullptr, a_zeros_};
    const ZeroPoints b_zeros{has_b_zeros_ ? io.inputs[3] : nullptr, b_zeros_};
    auto* y = reinterpret_cast<std::int32_t*>(io.outputs[0]);
    product_.Run(io.inputs[0], io.inputs[1], a_zeros, b_zeros, io.scratch, [y](const IntegerProduct::Block& block) {
      std::copy_n(block.sums, block.rows * block.n, y + block.first_element);
    });
  }

  [[nodiscard]] std::size_t PackedWeightBytes() const override { return product_.PackedWeightBytes(); }

 private:
  IntegerProduct product_;
  bool has_a_zeros_, has_b_zeros_;
  std::size_t a_zeros_ = 1, b_zeros_ = 1;
};

/// ONNX QLinearMatMul-10. Inputs: A with scale and zero point, B with scale and zero point, scale and zero point of Y.
template <typename Code>
class QLinearMatMulOp final : public Op {
 public:
  explicit QLinearMatMulOp(IntegerProduct product) : product_(std::move(product)) {}

  void Prepare(const Graph& graph) override { product_.Prepare(graph); }

  Result<std::uint64_t> Bind(const Binding& binding) override {
    a_parameters_ = Count(binding.inputs[1]);
    b_parameters_ = Count(binding.inputs[4]);
    return product_.Bind(binding.inputs[0], binding.inputs[3]);
  }

  void Run(const OpIo& io) const override {
    const auto* a_scales = reinterpret_cast<const float*>(io.inputs[1]);
    const auto* b_scales = reinterpret_cast<const float*>(io.inputs[4]);
    const float y_scale = *reinterpret_cast<const float*>(io.inputs[6]);
    const std::int32_t y_zero{*reinterpret_cast<const Code*>(io.inputs[7])};
    auto* y = reinterpret_cast<Code*>(io.outputs[0]);
    const ZeroPoints a_zeros{io.inputs[2], a_parameters_};
    const ZeroPoints b_zeros{io.inputs[5], b_parameters_};
    product_.Run(io.inputs[0], io.inputs[3], a_zeros, b_zeros, io.scratch, [&](const IntegerProduct::Block& block) {
      for (std::size_t row = 0; row < block.rows; ++row) {
        const float a_scale = a_scales[(block.first_a_row + row) % a_parameters_];
        for (std::size_t column = 0; column < block.n; ++column) {
          const float b_scale = b_scales[(block.first_b_column + column) % b_parameters_];
          const std::size_t at = row * block.n + column;
          y[block.first_element + at] = Requantize<Code>(block.sums[at], a_scale * b_scale / y_scale, y_zero);
        }
      }
    });
  }

  [[nodiscard]] std::size_t PackedWeightBytes() const override { return product_.PackedWeightBytes(); }

 private:
  IntegerProduct product_;
  std::size_t a_parameters_ = 1, b_parameters_ = 1;
};

}  // namespace

CompiledOp CompileMatMulInteger(const CompileContext& context) {
  ALICE_ASSIGN_OR_RETURN(IntegerProduct product, IntegerProduct::Compile(context, 0, 1));
  return std::unique_ptr<Op>(std::make_unique<MatMulIntegerOp>(context, std::move(product)));
}

CompiledOp CompileQLinearMatMul(const CompileContext& context) {
  ALICE_ASSIGN_OR_RETURN(IntegerProduct product, IntegerProduct::Compile(context, 0, 3));
  if (context.input(7).dtype == DType::s8) {
    return std::unique_ptr<Op>(std::make_unique<QLinearMatMulOp<std::int8_t>>(std::move(product)));
  }
  return std::unique_ptr<Op>(std::make_unique<QLinearMatMulOp<std::uint8_t>>(std::move(product)));
}

}  // namespace alice
