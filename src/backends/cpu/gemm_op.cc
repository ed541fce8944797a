#include "backends/cpu/gemm_shape.h"
#include "backends/cpu/ops.h"
#include "kernels/gemm_f32/gemm_f32.h"
#include "kernels/transpose/transpose.h"

namespace alice {
namespace {

/// FP32 product with bias and activation. Operands that ONNX gives transposed are transposed into scratch
/// first; after Optimize that happens only to operands that change from run to run.
class GemmOp final : public Op {
 public:
  explicit GemmOp(const CompileContext& context)
      : gemm_(SelectGemmF32(context.isa)),
        transpose_(SelectTransposeF32(context.isa)),
        attributes_(GemmAttributesOf(context.node)),
        bias_(context.constant_f32(2)),
        activation_(context.node.activation) {}

  Result<std::size_t> Bind(const Binding& binding) override {
    shape_ = GemmShapeOf(binding.inputs[0], binding.inputs[1], attributes_);
    a_scratch_bytes_ = attributes_.trans_a ? ScratchBytes(shape_.m) : 0;
    return a_scratch_bytes_ + (attributes_.trans_b ? ScratchBytes(shape_.n) : 0);
  }

  void Run(const OpIo& io) const override {
    const auto* a = reinterpret_cast<const float*>(io.inputs[0]);
    const auto* b = reinterpret_cast<const float*>(io.inputs[1]);
    if (attributes_.trans_a) a = Transposed(shape_.k, shape_.m, a, io.scratch);
    if (attributes_.trans_b) b = Transposed(shape_.n, shape_.k, b, io.scratch + a_scratch_bytes_);
    gemm_.run({.m = shape_.m,
               .n = shape_.n,
               .k = shape_.k,
               .a = a,
               .lda = shape_.k,
               .b = b,
               .ldb = shape_.n,
               .bias = bias_,
               .activation = activation_,
               .c = reinterpret_cast<float*>(io.outputs[0]),
               .ldc = shape_.n});
  }

 private:
  [[nodiscard]] std::size_t ScratchBytes(std::size_t other) const {
    return AlignUp(other * shape_.k * sizeof(float) + kBufferSlack);
  }
  const float* Transposed(std::size_t rows, std::size_t cols, const float* x, std::byte* scratch) const {
    auto* y = reinterpret_cast<float*>(scratch);
    transpose_.run(rows, cols, x, y);
    return y;
  }

  const GemmF32Kernel& gemm_;
  const TransposeF32Kernel& transpose_;
  GemmAttributes attributes_;
  const float* bias_;
  Activation activation_;
  GemmShape shape_;
  std::size_t a_scratch_bytes_ = 0;
};

}  // namespace

CompiledOp CompileGemm(const CompileContext& context) {
  const Value& b = context.input(1);
  if (context.input(0).dtype != DType::f32 || b.dtype != DType::f32) {
    return MakeError(ErrorCode::model_unsupported_type, InfoOf(context.node.kind).name, " of ",
                     DTypeName(context.input(0).dtype), " and ", DTypeName(b.dtype), " is not supported: f32 only");
  }
  if (b.shape.rank() != 2 || context.input(0).shape.rank() < 2) {
    return MakeError(ErrorCode::model_unsupported_operator, "MatMul of ",
                     context.input(0).shape.ToString(context.graph.symbols), " and ",
                     b.shape.ToString(context.graph.symbols), " is not supported: B must have rank 2");
  }
  if (b.shape.dims[0] == Dim::Known(0) || b.shape.dims[1] == Dim::Known(0)) {
    return MakeError(ErrorCode::shape_mismatch, InfoOf(context.node.kind).name, " with an empty B of shape ",
                     b.shape.ToString(context.graph.symbols));
  }
  return std::unique_ptr<Op>(std::make_unique<GemmOp>(context));
}

}  // namespace alice
