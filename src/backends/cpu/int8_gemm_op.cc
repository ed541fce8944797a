#include <algorithm>

#include "backends/cpu/gemm_shape.h"
#include "backends/cpu/ops.h"
#include "kernels/dequantize_gemm/dequantize_gemm.h"
#include "kernels/gemm_u8s8s32/gemm_u8s8s32.h"
#include "kernels/quantize_u8/quantize_u8.h"

namespace alice {
namespace {

/// The row alignment that GemmU8S8S32 asks of A.
constexpr std::size_t kRowAlign = 16;

/// Dynamic INT8 product: each sample's rows of A are quantized to u8 by their own range, multiplied with the
/// packed s8 weights exactly in int32, and dequantized with bias and activation.
///
/// Scratch: u8 rows [m, lda] | int32 accumulators [m, n] | QParams [groups].
class Int8GemmOp final : public Op {
 public:
  static CompiledOp Compile(const CompileContext& context) {
    auto op = std::make_unique<Int8GemmOp>(context);
    const Tensor& weights = *context.graph.value(context.node.int8->weights).constant;
    const auto k = static_cast<std::size_t>(weights.shape()[0]);
    const auto n = static_cast<std::size_t>(weights.shape()[1]);
    if (k > kMaxReductionU8S8) {
      return MakeError(ErrorCode::reduction_too_long, "node \"", context.node.name, "\" sums ", k,
                       " products: its int32 accumulator could overflow beyond ", kMaxReductionU8S8);
    }
    ALICE_ASSIGN_OR_RETURN(
        op->packed_, Buffer::Allocate(context.budget, MemoryKind::weights_int8, PackedBytesU8S8S32(op->gemm_, k, n)));
    ALICE_ASSIGN_OR_RETURN(op->column_sums_,
                           Buffer::Allocate(context.budget, MemoryKind::scales, n * sizeof(std::int32_t)));
    PackU8S8S32(op->gemm_, weights.elements<const std::int8_t>().data(), k, n, op->packed_.as<std::int8_t>(),
                op->column_sums_.as<std::int32_t>());
    return std::unique_ptr<Op>(std::move(op));
  }

  explicit Int8GemmOp(const CompileContext& context)
      : gemm_(SelectGemmU8S8S32(context.isa)),
        min_max_(SelectMinMaxF32(context.isa)),
        quantize_(SelectQuantizeF32U8(context.isa)),
        dequantize_(SelectDequantizeGemm(context.isa)),
        weight_scales_(context.graph.value(context.node.int8->scales).constant->view()),
        bias_(context.constant_f32(2)),
        activation_(context.node.activation),
        batched_(!context.input(0).shape.dims.empty() && !context.input(0).shape.dims[0].known()) {}

  Result<std::uint64_t> Bind(const Binding& binding) override {
    shape_ = GemmShapeOf(binding.inputs[0], binding.inputs[1], {});
    lda_ = static_cast<std::size_t>(AlignUp(shape_.k, kRowAlign));
    const auto samples = batched_ ? static_cast<std::size_t>(binding.samples) : 1;
    rows_per_group_ = std::max<std::size_t>(shape_.m / samples, 1);
    accumulators_offset_ = AlignUp(std::uint64_t{shape_.m} * lda_);
    qparams_offset_ = accumulators_offset_ + AlignUp(std::uint64_t{shape_.m} * shape_.n * sizeof(std::int32_t));
    return qparams_offset_ + shape_.m / rows_per_group_ * sizeof(QParams);
  }

  void Run(const OpIo& io) const override {
    const auto* x = reinterpret_cast<const float*>(io.inputs[0]);
    auto* a = reinterpret_cast<std::uint8_t*>(io.scratch);
    auto* accumulators = reinterpret_cast<std::int32_t*>(io.scratch + accumulators_offset_);
    auto* qparams = reinterpret_cast<QParams*>(io.scratch + qparams_offset_);
    const auto* column_sums = column_sums_.as<const std::int32_t>();

    for (std::size_t row = 0; row < shape_.m; row += rows_per_group_) {
      const MinMax range = min_max_.run(x + row * shape_.k, rows_per_group_ * shape_.k);
      const QParams group = AsymmetricU8(range.min, range.max);
      qparams[row / rows_per_group_] = group;
      for (std::size_t r = row; r < row + rows_per_group_; ++r) {
        quantize_.run(x + r * shape_.k, shape_.k, group, a + r * lda_);
      }
    }
    gemm_.run({.m = shape_.m,
               .n = shape_.n,
               .k = shape_.k,
               .a = a,
               .lda = lda_,
               .packed_b = packed_.as<const std::int8_t>(),
               .c = accumulators,
               .ldc = shape_.n});
    if (io.observer != nullptr) {
      io.observer->OnInt8Gemm(
          io.node, {shape_.m, shape_.n, shape_.k, a, lda_, qparams, rows_per_group_, accumulators, column_sums});
    }
    dequantize_.run({.m = shape_.m,
                     .n = shape_.n,
                     .acc = accumulators,
                     .ld_acc = shape_.n,
                     .a_qparams = qparams,
                     .rows_per_group = rows_per_group_,
                     .column_sums = column_sums,
                     .weight_scales = weight_scales_.elements<const float>().data(),
                     .bias = bias_,
                     .activation = activation_,
                     .y = reinterpret_cast<float*>(io.outputs[0]),
                     .ldy = shape_.n});
  }

  [[nodiscard]] std::size_t PackedWeightBytes() const override {
    return packed_.bytes() + column_sums_.bytes() + weight_scales_.elements<const float>().size_bytes();
  }

 private:
  const GemmU8S8S32Kernel& gemm_;
  const MinMaxF32Kernel& min_max_;
  const QuantizeF32U8Kernel& quantize_;
  const DequantizeGemmKernel& dequantize_;
  Buffer packed_;
  Buffer column_sums_;
  TensorView weight_scales_;
  const float* bias_;
  Activation activation_;
  bool batched_;  ///< the leading axis of A counts samples

  GemmShape shape_;
  std::size_t lda_ = 0;
  std::size_t rows_per_group_ = 1;
  std::uint64_t accumulators_offset_ = 0;
  std::uint64_t qparams_offset_ = 0;
};

}  // namespace

CompiledOp CompileInt8Gemm(const CompileContext& context) { return Int8GemmOp::Compile(context); }

}  // namespace alice
