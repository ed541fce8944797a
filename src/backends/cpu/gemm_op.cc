#include <algorithm>

#include "backends/cpu/for_each_product.h"
#include "backends/cpu/gemm_shape.h"
#include "backends/cpu/ops.h"
#include "backends/cpu/product_pieces.h"
#include "backends/cpu/scratch_layout.h"
#include "backends/cpu/tile_rows.h"
#include "kernels/gemm_f32/gemm_f32.h"
#include "kernels/product_columns.h"
#include "kernels/transpose/transpose.h"

namespace alice {
namespace {

/// FP32 product, or products of batches, with bias and activation. Operands of a Gemm that ONNX gives transposed are
/// transposed into scratch tile by tile; after Optimize that happens only to operands that change from run to run.
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
    has_one_b_ = binding.inputs[1].rank() == 2;
    tile_rows_ = attributes_.trans_a ? TileRows(plan_.m, plan_.k * sizeof(float)) : plan_.m;
    tile_columns_ = attributes_.trans_b ? TileRows(plan_.n, plan_.k * sizeof(float)) : plan_.n;
    pieces_ = {
        {.units = plan_.m, .columns = plan_.n, .k = plan_.k, .rows_lie = true}, plan_.m, kTileColumns, binding.threads};
    ScratchLayout scratch;
    scratch.Place(attributes_.trans_a ? ScratchBytes(tile_rows_) : 0);
    b_offset_ = scratch.Place(attributes_.trans_b ? ScratchBytes(tile_columns_) : 0);
    return scratch.bytes();
  }

  [[nodiscard]] MatrixSize PackableWeights() const override {
    if (is_packed_ || attributes_.trans_b || !has_one_b_) return {};
    return {plan_.k, plan_.n};
  }
  void TakePackedWeights() override { is_packed_ = true; }

  void Run(const OpIo& io) const override {
    const auto* a = reinterpret_cast<const float*>(io.inputs[0]);
    const auto* b = reinterpret_cast<const float*>(io.inputs[1]);
    auto* y = reinterpret_cast<float*>(io.outputs[0]);
    if (attributes_.trans_a || attributes_.trans_b) return RunTransposed(a, b, y, io.scratch);
    ForEachProduct(plan_, [&](std::size_t a_matrix, std::size_t b_matrix, std::size_t y_matrix) {
      MultiplyShared(io, a + a_matrix * plan_.m * plan_.k, b + b_matrix * plan_.k * plan_.n,
                     y + y_matrix * plan_.m * plan_.n);
    });
  }

  [[nodiscard]] std::string_view KernelName() const override { return gemm_.name; }

 private:
  [[nodiscard]] std::uint64_t ScratchBytes(std::size_t other) const {
    return std::uint64_t{other} * plan_.k * sizeof(float) + kBufferSlack;
  }
  static MatMulPlan PlanGemm(const GemmShape& shape) { return {shape.m, shape.n, shape.k, MakeBroadcastPlan({}, {})}; }

  /// y = a · b, of operands that are not transposed.
  void MultiplyShared(const OpIo& io, const float* a, const float* b, float* y) const {
    pieces_.ForEach(
        io.threads, true,
        [&](std::size_t row, std::size_t rows, std::size_t column, std::size_t columns, std::size_t /*thread*/) {
          Multiply(a + row * plan_.k, rows, b + (is_packed_ ? column * plan_.k : column), plan_.n, columns,
                   BiasFrom(column), y + row * plan_.n + column);
        });
  }

  [[nodiscard]] const float* BiasFrom(std::size_t column) const { return bias_ == nullptr ? nullptr : bias_ + column; }

  /// y [rows, columns of the whole], from its first column on, = a [rows, k] · b [k, columns], row stride ldb where it is not
  /// packed.
  void Multiply(const float* a, std::size_t rows, const float* b, std::size_t ldb, std::size_t columns,
                const float* bias, float* y) const {
    gemm_.run({.m = rows,
               .n = columns,
               .k = plan_.k,
               .a = a,
               .lda = plan_.k,
               .b = b,
               .ldb = is_packed_ ? kPackedF32 : ldb,
               .bias = bias,
               .activation = activation_,
               .c = y,
               .ldc = plan_.n});
  }

  void RunTransposed(const float* a, const float* b, float* y, std::byte* scratch) const {
    for (std::size_t row = 0; row < plan_.m; row += tile_rows_) {
      const std::size_t rows = std::min(tile_rows_, plan_.m - row);
      const float* a_tile = attributes_.trans_a ? Rows(a, row, rows, reinterpret_cast<float*>(scratch)) : a;
      for (std::size_t column = 0; column < plan_.n; column += tile_columns_) {
        const std::size_t columns = std::min(tile_columns_, plan_.n - column);
        const float* b_tile = b;
        if (attributes_.trans_b) {
          auto* room = reinterpret_cast<float*>(scratch + b_offset_);
          transpose_.run({columns, plan_.k, b + column * plan_.k, plan_.k, room});
          b_tile = room;
        }
        Multiply(a_tile, rows, b_tile, columns, columns, BiasFrom(column), y + row * plan_.n + column);
      }
    }
  }

  /// Rows of A, which lies as [k, m].
  const float* Rows(const float* a, std::size_t first, std::size_t count, float* rows) const {
    for (std::size_t k = 0; k < plan_.k; ++k) {
      for (std::size_t row = 0; row < count; ++row) rows[row * plan_.k + k] = a[k * plan_.m + first + row];
    }
    return rows;
  }

  const GemmF32Kernel& gemm_;
  const TransposeF32Kernel& transpose_;
  bool is_matmul_;
  GemmAttributes attributes_;
  const float* bias_;
  Activation activation_;
  MatMulPlan plan_;
  ProductPieces pieces_;  ///< of each product
  bool has_one_b_ = false;
  bool is_packed_ = false;
  std::size_t tile_rows_ = 0;  ///< taken at a time where A is transposed
  std::size_t tile_columns_ = 0;
  std::size_t b_offset_ = 0;
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
