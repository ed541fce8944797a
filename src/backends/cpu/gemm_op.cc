#include <algorithm>

#include "backends/cpu/for_each_product.h"
#include "backends/cpu/gemm_shape.h"
#include "backends/cpu/ops.h"
#include "kernels/gemm_f32/gemm_f32.h"
#include "kernels/transpose/transpose.h"

namespace alice {
namespace {

/// FP32 product, or products of batches, with bias and activation. Operands of a Gemm that ONNX gives transposed are
/// transposed into scratch first; after Optimize that happens only to operands that change from run to run.
class GemmOp final : public Op {
 public:
  explicit GemmOp(const CompileContext& context)
      : gemm_(SelectGemmF32(context.isa)),
        transpose_(SelectTransposeF32(context.isa)),
        is_matmul_(context.node.kind == OpKind::MatMul),
        attributes_(GemmAttributesOf(context.node)),
        bias_(context.constant_f32(2)),
        activation_(context.node.activation) {}

  Result<std::uint64_t> Bind(const Binding& binding) override {
    plan_ = is_matmul_ ? MakeMatMulPlan(binding.inputs[0], binding.inputs[1])
                       : PlanGemm(GemmShapeOf(binding.inputs[0], binding.inputs[1], attributes_));
    a_scratch_bytes_ = attributes_.trans_a ? ScratchBytes(plan_.m) : 0;
    return a_scratch_bytes_ + (attributes_.trans_b ? ScratchBytes(plan_.n) : 0);
  }

  void Run(const OpIo& io) const override {
    const auto* a = reinterpret_cast<const float*>(io.inputs[0]);
    const auto* b = reinterpret_cast<const float*>(io.inputs[1]);
    auto* y = reinterpret_cast<float*>(io.outputs[0]);
    if (attributes_.trans_a) a = Transposed(plan_.k, plan_.m, a, io.scratch);
    if (attributes_.trans_b) b = Transposed(plan_.n, plan_.k, b, io.scratch + a_scratch_bytes_);
    ForEachProduct(plan_, [&](std::size_t a_matrix, std::size_t b_matrix, std::size_t y_matrix) {
      gemm_.run({.m = plan_.m,
                 .n = plan_.n,
                 .k = plan_.k,
                 .a = a + a_matrix * plan_.m * plan_.k,
                 .lda = plan_.k,
                 .b = b + b_matrix * plan_.k * plan_.n,
                 .ldb = plan_.n,
                 .bias = bias_,
                 .activation = activation_,
                 .c = y + y_matrix * plan_.m * plan_.n,
                 .ldc = plan_.n});
    });
  }

 private:
  [[nodiscard]] std::uint64_t ScratchBytes(std::size_t other) const {
    return AlignUp(std::uint64_t{other} * plan_.k * sizeof(float) + kBufferSlack);
  }
  static MatMulPlan PlanGemm(const GemmShape& shape) { return {shape.m, shape.n, shape.k, MakeBroadcastPlan({}, {})}; }
  const float* Transposed(std::size_t rows, std::size_t cols, const float* x, std::byte* scratch) const {
    auto* y = reinterpret_cast<float*>(scratch);
    transpose_.run(rows, cols, x, y);
    return y;
  }

  const GemmF32Kernel& gemm_;
  const TransposeF32Kernel& transpose_;
  bool is_matmul_;
  GemmAttributes attributes_;
  const float* bias_;
  Activation activation_;
  MatMulPlan plan_;
  std::uint64_t a_scratch_bytes_ = 0;
};

}  // namespace

CompiledOp CompileGemm(const CompileContext& context) {
  const Value& b = context.input(1);
  if (context.input(0).dtype != DType::f32 || b.dtype != DType::f32) {
    return MakeError(ErrorCode::model_unsupported_type, InfoOf(context.node.kind).name, " of ",
                     DTypeName(context.input(0).dtype), " and ", DTypeName(b.dtype), " is not supported: f32 only");
  }
  if (std::ranges::count(b.shape.dims, Dim::Known(0)) > 0) {
    return MakeError(ErrorCode::shape_mismatch, InfoOf(context.node.kind).name, " with an empty B of shape ",
                     b.shape.ToString(context.graph.symbols));
  }
  return std::unique_ptr<Op>(std::make_unique<GemmOp>(context));
}

}  // namespace alice
