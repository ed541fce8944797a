#include "passes/passes.h"
#include "passes/rewrite.h"

namespace alice {
namespace {

Result<Tensor> Transposed(const Tensor& matrix, MemoryBudget& budget) {
  const std::int64_t rows = matrix.shape()[0];
  const std::int64_t columns = matrix.shape()[1];
  if (matrix.released()) return MakeError(ErrorCode::internal, "a matrix was released before its last use");
  ALICE_ASSIGN_OR_RETURN(Tensor transposed,
                         Tensor::Zeros(budget, MemoryKind::weights_f32, DType::f32, Shape{columns, rows}));
  const float* from = matrix.elements<const float>().data();
  float* to = transposed.elements<float>().data();
  for (std::int64_t row = 0; row < rows; ++row) {
    for (std::int64_t column = 0; column < columns; ++column) to[column * rows + row] = from[row * columns + column];
  }
  return transposed;
}

Status Scale(Rewriter& rewriter, Node& node, std::size_t index, float factor) {
  ALICE_ASSIGN_OR_RETURN(const std::span<float> elements, rewriter.MutableFloats(node, index));
  for (float& element : elements) element *= factor;
  return {};
}

/// One Gemm on its way to A · B + C.
class Canonicalizer {
 public:
  Canonicalizer(Rewriter& rewriter, Node gemm)
      : rewriter_(rewriter), gemm_(std::move(gemm)), attributes_(std::get<GemmAttributes>(gemm_.attributes)) {}

  Status Run() {
    ALICE_RETURN_IF_ERROR(Transpose(0, attributes_.trans_a));
    ALICE_RETURN_IF_ERROR(Transpose(1, attributes_.trans_b));
    ALICE_RETURN_IF_ERROR(FoldAlpha());
    ALICE_RETURN_IF_ERROR(FoldC());
    gemm_.attributes = GemmAttributes{1.0f, 1.0f, attributes_.trans_a, attributes_.trans_b};
    return EmitChain();
  }

 private:
  [[nodiscard]] const Graph& graph() const { return rewriter_.graph(); }

  Status Transpose(std::size_t index, bool& trans) {
    if (!trans || !graph().IsConstant(gemm_.inputs[index])) return {};
    ALICE_ASSIGN_OR_RETURN(Tensor transposed,
                           Transposed(*graph().value(gemm_.inputs[index]).constant, rewriter_.budget()));
    rewriter_.SetConstantInput(gemm_, index, std::move(transposed));
    trans = false;
    return {};
  }

  Status FoldAlpha() {
    if (attributes_.alpha == 1.0f) return {};
    for (const std::size_t index : {std::size_t{1}, std::size_t{0}}) {
      if (graph().IsConstant(gemm_.inputs[index])) return Scale(rewriter_, gemm_, index, attributes_.alpha);
    }
    product_factor_ = attributes_.alpha;
    return {};
  }

  /// Leaves C in the Gemm if it can stay there, else in `addend_`.
  Status FoldC() {
    if (gemm_.inputs.size() < 3) return {};
    const ValueId c = gemm_.inputs[2];
    if (c == kNoValue || attributes_.beta == 0.0f) {
      gemm_.inputs.resize(2);
      return {};
    }
    const Dim& columns = graph().value(gemm_.outputs[0]).shape.dims[1];
    const Value& value = graph().value(c);
    if (value.constant && product_factor_ == 1.0f && columns.known() && IsRow(value.shape, columns.size)) {
      if (attributes_.beta == 1.0f && value.shape.rank() == 1 && value.shape.dims[0] == columns) return {};
      ALICE_ASSIGN_OR_RETURN(Tensor row, ExpandedRow(*value.constant, columns.size, attributes_.beta,
                                                     rewriter_.budget(), MemoryKind::weights_f32));
      rewriter_.SetConstantInput(gemm_, 2, std::move(row));
      return {};
    }
    ALICE_ASSIGN_OR_RETURN(addend_, ScaledC(c));
    gemm_.inputs.resize(2);
    return {};
  }

  Result<ValueId> ScaledC(ValueId c) {
    if (attributes_.beta == 1.0f) return c;
    if (graph().IsConstant(c)) {
      ALICE_RETURN_IF_ERROR(Scale(rewriter_, gemm_, 2, attributes_.beta));
      return gemm_.inputs[2];
    }
    ALICE_ASSIGN_OR_RETURN(const ValueId beta, rewriter_.NewScalar(gemm_.name + "/beta", attributes_.beta));
    return rewriter_.EmitNew(OpKind::Mul, gemm_.name + "/scaled_c", {c, beta}, {}, DType::f32,
                             SymbolicShape(graph().value(c).shape));
  }

  /// The Gemm, the Mul by alpha and the Add of C, as far as they are needed; the last one gives the output.
  Status EmitChain() {
    if (product_factor_ == 1.0f && addend_ == kNoValue) {
      rewriter_.Emit(std::move(gemm_));
      return {};
    }
    const SymbolicShape shape = graph().value(gemm_.outputs[0]).shape;
    Node last;
    last.outputs = gemm_.outputs;
    last.activation = std::exchange(gemm_.activation, {});
    const std::string name = gemm_.name;
    ValueId product = rewriter_.NewValue(name + "/product", DType::f32, shape);
    gemm_.outputs = {product};
    rewriter_.Emit(std::move(gemm_));
    if (product_factor_ != 1.0f) {
      ALICE_ASSIGN_OR_RETURN(const ValueId alpha, rewriter_.NewScalar(name + "/alpha", product_factor_));
      if (addend_ == kNoValue) {
        last.kind = OpKind::Mul;
        last.name = name + "/scaled_product";
        last.inputs = {product, alpha};
        rewriter_.Emit(std::move(last));
        return {};
      }
      product = rewriter_.EmitNew(OpKind::Mul, name + "/scaled_product", {product, alpha}, {}, DType::f32, shape);
    }
    last.kind = OpKind::Add;
    last.name = name + "/sum";
    last.inputs = {product, addend_};
    rewriter_.Emit(std::move(last));
    return {};
  }

  Rewriter& rewriter_;
  Node gemm_;
  GemmAttributes attributes_;
  float product_factor_ = 1.0f;
  ValueId addend_ = kNoValue;
};

}  // namespace

Status CanonicalizeGemm(Graph& graph, MemoryBudget& budget) {
  Rewriter rewriter(graph, budget);
  return rewriter.ForEachNode([&](Node node) -> Status {
    if (node.kind == OpKind::Gemm) return Canonicalizer(rewriter, std::move(node)).Run();
    rewriter.Emit(std::move(node));
    return {};
  });
}

}  // namespace alice
