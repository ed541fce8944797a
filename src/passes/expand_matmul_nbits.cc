#include <algorithm>

#include "numeric/int4.h"
#include "passes/qdq.h"
#include "passes/rewrite.h"

namespace alice {
namespace {

/// Reads 4-bit codes of a constant u8, row after row of `row_bytes`.
class PackedRows {
 public:
  PackedRows(const Tensor& tensor, std::size_t row_bytes)
      : bytes_(tensor.elements<const std::uint8_t>().data()), row_bytes_(row_bytes) {}

  [[nodiscard]] std::uint8_t At(std::size_t row, std::size_t index) const {
    return static_cast<std::uint8_t>(LoadInt4(bytes_ + row * row_bytes_, index) & 0x0F);
  }

 private:
  const std::uint8_t* bytes_;
  std::size_t row_bytes_;
};

class MatMulNBitsExpander {
 public:
  MatMulNBitsExpander(Rewriter& rewriter, const Node& node)
      : rewriter_(rewriter),
        node_(node),
        attributes_(std::get<MatMulNBitsAttributes>(node.attributes)),
        n_(static_cast<std::size_t>(attributes_.n)),
        blocks_(static_cast<std::size_t>((attributes_.k + attributes_.block_size - 1) / attributes_.block_size)) {}

  Status Run() {
    for (const ValueId id : node_.inputs) {
      if (id == kNoValue || !value(id).constant || !value(id).constant->released()) continue;
      return MakeError(ErrorCode::internal, "\"", value(id).name, "\" was released before its last use");
    }
    ALICE_ASSIGN_OR_RETURN(const ValueId weights, Weights());
    Node product;
    product.kind = OpKind::MatMul;
    product.name = node_.name;
    product.inputs = {Activations(), weights};
    if (!Has(5)) {
      product.outputs = node_.outputs;
      rewriter_.Emit(std::move(product));
      return {};
    }
    Node sum;
    sum.kind = OpKind::Add;
    sum.name = node_.name + "/bias";
    sum.outputs = node_.outputs;
    const SymbolicShape shape = value(node_.outputs[0]).shape;
    product.outputs = {rewriter_.NewValue(node_.name + "/product", DType::f32, shape)};
    sum.inputs = {product.outputs[0], node_.inputs[5]};
    rewriter_.Emit(std::move(product));
    rewriter_.Emit(std::move(sum));
    return {};
  }

 private:
  [[nodiscard]] bool Has(std::size_t index) const {
    return index < node_.inputs.size() && node_.inputs[index] != kNoValue;
  }
  [[nodiscard]] const Value& value(ValueId id) const { return rewriter_.graph().value(id); }
  [[nodiscard]] const Tensor& constant(std::size_t index) const { return *value(node_.inputs[index]).constant; }

  /// A, or what it is as u8 codes by the range of its values.
  ValueId Activations() {
    const ValueId a = node_.inputs[0];
    if (!attributes_.quantizes_a) return a;
    const std::string name = value(a).name;
    const SymbolicShape shape = value(a).shape;
    Node quantize;
    quantize.kind = OpKind::DynamicQuantizeLinear;
    quantize.name = name + "/quantize";
    quantize.inputs = {a};
    quantize.outputs = {rewriter_.NewValue(name + "_quantized", DType::u8, shape),
                        rewriter_.NewValue(name + "_scale", DType::f32, {}),
                        rewriter_.NewValue(name + "_zero_point", DType::u8, {})};
    const std::vector<ValueId> codes = quantize.outputs;
    rewriter_.Emit(std::move(quantize));
    return rewriter_.EmitNew(OpKind::DequantizeLinear, name + "/dequantize", codes, DequantizeLinearAttributes{},
                             DType::f32, shape);
  }

  /// The stored [n, rows] as a new constant [rows, n]: element(column, row) of type T.
  template <typename T, typename Element>
  Result<ValueId> Columns(const std::string& name, std::size_t rows, const Element& element) {
    const Shape shape{static_cast<std::int64_t>(rows), attributes_.n};
    ALICE_ASSIGN_OR_RETURN(Tensor tensor,
                           Tensor::Zeros(rewriter_.budget(), ConstantKind(DTypeOf<T>), DTypeOf<T>, shape));
    const std::span<T> to = tensor.elements<T>();
    for (std::size_t row = 0; row < rows; ++row) {
      for (std::size_t column = 0; column < n_; ++column) to[row * n_ + column] = element(column, row);
    }
    return rewriter_.NewConstant(name, std::move(tensor));
  }

  Result<ValueId> Weights() {
    const auto k = static_cast<std::size_t>(attributes_.k);
    const PackedRows codes(constant(1), blocks_ * static_cast<std::size_t>(attributes_.block_size / 2));
    const std::span<const float> scales = constant(2).elements<const float>();
    std::vector<ValueId> inputs(2);
    ALICE_ASSIGN_OR_RETURN(inputs[0], Columns<U4>(node_.name + ".codes", k, [&](std::size_t column, std::size_t row) {
                             return U4{codes.At(column, row)};
                           }));
    ALICE_ASSIGN_OR_RETURN(
        inputs[1], Columns<float>(node_.name + ".scales", blocks_,
                                  [&](std::size_t column, std::size_t row) { return scales[column * blocks_ + row]; }));
    ALICE_ASSIGN_OR_RETURN(const ValueId zero_points, ZeroPoints());
    inputs.push_back(zero_points);
    return rewriter_.EmitNew(OpKind::DequantizeLinear, node_.name + "/weights", inputs,
                             DequantizeLinearAttributes{.axis = 0, .block_size = attributes_.block_size}, DType::f32,
                             SymbolicShape::Of(Shape{attributes_.k, attributes_.n}));
  }

  Result<ValueId> ZeroPoints() {
    constexpr U4 kMiddle{8};
    const std::string name = node_.name + ".zero_points";
    if (!Has(3)) return Columns<U4>(name, blocks_, [](std::size_t, std::size_t) { return kMiddle; });
    const PackedRows points(constant(3), Int4Bytes(blocks_));
    return Columns<U4>(name, blocks_, [&](std::size_t column, std::size_t row) { return U4{points.At(column, row)}; });
  }

  Rewriter& rewriter_;
  const Node& node_;
  MatMulNBitsAttributes attributes_;
  std::size_t n_, blocks_;
};

}  // namespace

Status ExpandMatMulNBits(Graph& graph, MemoryBudget& budget) {
  Rewriter rewriter(graph, budget);
  return rewriter.ForEachNode([&](Node node) -> Status {
    if (node.kind == OpKind::MatMulNBits) return MatMulNBitsExpander(rewriter, node).Run();
    rewriter.Emit(std::move(node));
    return {};
  });
}

}  // namespace alice
