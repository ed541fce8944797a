#include <algorithm>

#include "backends/cpu/activation_quantizer.h"
#include "backends/cpu/gemm_shape.h"
#include "backends/cpu/ops.h"
#include "backends/cpu/quantized_product.h"
#include "backends/cpu/scratch_layout.h"

namespace alice {
namespace {

/// Gemm or MatMul with packed integer weights: A is quantized, or comes as codes, and multiplied.
class QuantizedGemmOp final : public Op {
 public:
  QuantizedGemmOp(const CompileContext& context, QuantizedProduct product)
      : quantizer_(context),
        product_(std::move(product)),
        batched_(!context.input(0).shape.dims.empty() && !context.input(0).shape.dims[0].known()) {}

  void Connect(const Connection& connection) override {
    quantizer_.Connect(connection);
    product_.Connect(connection);
  }

  Result<std::uint64_t> Bind(const Binding& binding) override {
    rows_ = GemmShapeOf(binding.inputs[0], binding.inputs[1], {}).m;
    const auto samples = batched_ ? static_cast<std::size_t>(binding.samples) : 1;
    const bool is_per_token = quantizer_.scheme().granularity == ActivationGranularity::per_token;
    rows_per_group_ = is_per_token ? 1 : std::max<std::size_t>(rows_ / samples, 1);
    ScratchLayout scratch;
    scratch.Place(std::uint64_t{rows_} * product_.row_stride());  // codes
    qparams_offset_ = scratch.Place((rows_ / rows_per_group_ + 1) * sizeof(QParams));
    product_offset_ = scratch.Place(product_.Bind(rows_));
    return scratch.bytes();
  }

  void Run(const OpIo& io) const override {
    const QuantizedProduct::Codes a = quantizer_.connection().input_is_codes ? GivenCodes(io) : Quantize(io);
    product_.Run(a, rows_, io.outputs[0], io.scratch + product_offset_, io);
  }

  [[nodiscard]] std::size_t PackedWeightBytes() const override { return product_.bytes(); }
  [[nodiscard]] std::span<std::byte> PackedCodes() override { return product_.codes(); }

 private:
  [[nodiscard]] QuantizedProduct::Codes GivenCodes(const OpIo& io) const {
    return {reinterpret_cast<const std::uint8_t*>(io.inputs[0]), product_.k(), &*quantizer_.connection().input, rows_};
  }

  [[nodiscard]] QuantizedProduct::Codes Quantize(const OpIo& io) const {
    const auto* x = reinterpret_cast<const float*>(io.inputs[0]);
    auto* codes = reinterpret_cast<std::uint8_t*>(io.scratch);
    auto* qparams = reinterpret_cast<QParams*>(io.scratch + qparams_offset_);
    const std::size_t stride = product_.row_stride();
    for (std::size_t row = 0; row < rows_; row += rows_per_group_) {
      qparams[row / rows_per_group_] =
          quantizer_.Run(x + row * product_.k(), rows_per_group_, product_.k(), codes + row * stride, stride);
    }
    return {codes, stride, qparams, rows_per_group_};
  }

  ActivationQuantizer quantizer_;
  QuantizedProduct product_;
  bool batched_;  ///< the leading axis of A counts samples

  std::size_t rows_ = 0;
  std::size_t rows_per_group_ = 1;
  std::size_t qparams_offset_ = 0;
  std::size_t product_offset_ = 0;
};

}  // namespace

CompiledOp CompileQuantizedGemm(const CompileContext& context) {
  ALICE_ASSIGN_OR_RETURN(QuantizedProduct product, QuantizedProduct::Create(context));
  return std::unique_ptr<Op>(std::make_unique<QuantizedGemmOp>(context, std::move(product)));
}

}  // namespace alice
