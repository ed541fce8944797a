#include "passes/lower_weights.h"

#include <algorithm>
#include <cstring>
#include <optional>

#include "numeric/bias.h"
#include "numeric/int4.h"
#include "passes/conv_weights.h"
#include "passes/permute.h"

namespace alice {
namespace {

ScaleGrid GridOf(const QuantizedForm& form, const Shape& weights) {
  return ScaleGridOf(static_cast<std::size_t>(weights[0]), static_cast<std::size_t>(weights[1]), form.scheme.weights);
}

Shape GridShape(const QuantizedForm& form, const Shape& weights) {
  const ScaleGrid grid = GridOf(form, weights);
  switch (form.scheme.weights.granularity) {
    case Granularity::per_tensor:
      return {};
    case Granularity::per_channel:
      return {AxisSize(grid.columns)};
    case Granularity::per_group:
      return {AxisSize(grid.rows), AxisSize(grid.columns)};
  }
  return {};
}

/// The constant `id` with the same bytes in another type of their size, or another shape; itself where it has both.
Result<ValueId> Recast(Rewriter& rewriter, ValueId id, DType dtype, const Shape& shape) {
  const Value& value = rewriter.graph().value(id);
  if (value.constant->released()) {
    return MakeError(ErrorCode::internal, "the constant \"", value.name, "\" was released before its last use");
  }
  if (value.dtype == dtype && value.constant->shape() == shape) return id;
  ALICE_ASSIGN_OR_RETURN(Tensor recast, Tensor::Zeros(rewriter.budget(), ConstantKind(dtype), dtype, shape));
  ALICE_CHECK(recast.bytes() == value.constant->bytes());
  std::memcpy(recast.view().data, value.constant->view().data, recast.bytes());
  return rewriter.NewConstant(value.name, std::move(recast));
}

Result<ValueId> UnpackedInt4(Rewriter& rewriter, ValueId id, const Shape& shape) {
  const Value& value = rewriter.graph().value(id);
  if (value.constant->released()) return Recast(rewriter, id, DType::s4, shape).error();
  ALICE_ASSIGN_OR_RETURN(Tensor codes, Tensor::Zeros(rewriter.budget(), MemoryKind::weights_int8, DType::s4, shape));
  UnpackInt4(value.constant->elements<const std::uint8_t>().data(), 0, static_cast<std::size_t>(shape.elements()),
             reinterpret_cast<std::int8_t*>(codes.view().data));
  return rewriter.NewConstant(value.name, std::move(codes));
}

DType CodeTypeOf(WeightType type) {
  switch (type) {
    case WeightType::int8:
      return DType::s8;
    case WeightType::int4:
      return DType::s4;
    case WeightType::fp8e4m3:
      return DType::f8e4m3;
    case WeightType::fp8e5m2:
      return DType::f8e5m2;
  }
  return DType::s8;
}

}  // namespace

Result<ValueId> LoweredScales(Rewriter& rewriter, const QuantizedForm& form, const Shape& weights) {
  return Recast(rewriter, form.scales, DType::f32, GridShape(form, weights));
}

Result<ValueId> LoweredZeroPoints(Rewriter& rewriter, const QuantizedForm& form, const Shape& weights, DType dtype) {
  return Recast(rewriter, form.zero_points, dtype, GridShape(form, weights));
}

namespace {

/// The codes of `form`'s weights in ONNX's types, as a matrix, then scales and zero points: what DequantizeLinear takes.
Result<std::vector<ValueId>> LoweredParts(Rewriter& rewriter, const QuantizedForm& form, const Shape& weights) {
  const WeightScheme& scheme = form.scheme.weights;
  const DType dtype = CodeTypeOf(scheme.type);
  std::vector<ValueId> parts(2);
  if (scheme.type == WeightType::int4) {
    ALICE_ASSIGN_OR_RETURN(parts[0], UnpackedInt4(rewriter, form.weights, weights));
  } else {
    ALICE_ASSIGN_OR_RETURN(parts[0], Recast(rewriter, form.weights, dtype, weights));
  }
  ALICE_ASSIGN_OR_RETURN(parts[1], LoweredScales(rewriter, form, weights));
  if (!scheme.symmetric) {
    ALICE_ASSIGN_OR_RETURN(const ValueId zero_points, LoweredZeroPoints(rewriter, form, weights, dtype));
    parts.push_back(zero_points);
  }
  return parts;
}

/// A constant matrix as the only one of a stack, transposed.
Result<ValueId> Stacked(Rewriter& rewriter, ValueId matrix) {
  const Value& value = rewriter.graph().value(matrix);
  ALICE_ASSIGN_OR_RETURN(Tensor stack, Permuted(*value.constant, {1, 0}, rewriter.budget()));
  stack.set_shape({1, stack.shape()[0], stack.shape()[1]});
  return rewriter.NewConstant(value.name, std::move(stack));
}

}  // namespace

Result<ValueId> EmitDequantizedWeights(Rewriter& rewriter, const QuantizedForm& form, const Shape& weights,
                                       const std::string& name) {
  const WeightScheme& scheme = form.scheme.weights;
  ALICE_ASSIGN_OR_RETURN(std::vector<ValueId> inputs, LoweredParts(rewriter, form, weights));
  DequantizeLinearAttributes attributes{.axis = 1};
  if (scheme.granularity == Granularity::per_group) {
    attributes = {.axis = 0, .block_size = static_cast<std::int64_t>(scheme.group_size)};
  }
  return rewriter.EmitNew(OpKind::DequantizeLinear, name, inputs, attributes, DType::f32, SymbolicShape::Of(weights));
}

Result<ValueId> EmitDequantizedStack(Rewriter& rewriter, const QuantizedForm& form, const Shape& weights,
                                     const std::string& name) {
  ALICE_ASSIGN_OR_RETURN(std::vector<ValueId> inputs, LoweredParts(rewriter, form, weights));
  ALICE_ASSIGN_OR_RETURN(inputs[0], Stacked(rewriter, inputs[0]));
  DequantizeLinearAttributes attributes{.axis = 1};
  if (form.scheme.weights.granularity == Granularity::per_group) {
    attributes = {.axis = 2, .block_size = static_cast<std::int64_t>(form.scheme.weights.group_size)};
    for (std::size_t part = 1; part < inputs.size(); ++part) {
      ALICE_ASSIGN_OR_RETURN(inputs[part], Stacked(rewriter, inputs[part]));
    }
  }
  return rewriter.EmitNew(OpKind::DequantizeLinear, name, inputs, attributes, DType::f32,
                          SymbolicShape::Of(Shape{1, weights[1], weights[0]}));
}

Result<ValueId> LoweredFilters(Rewriter& rewriter, const QuantizedForm& form, const Shape& w) {
  const Shape matrix{w.Product(1, w.rank()), w[0]};
  const DType dtype = CodeTypeOf(form.scheme.weights.type);
  ALICE_ASSIGN_OR_RETURN(const ValueId codes, form.scheme.weights.type == WeightType::int4
                                                  ? UnpackedInt4(rewriter, form.weights, matrix)
                                                  : Recast(rewriter, form.weights, dtype, matrix));
  ALICE_ASSIGN_OR_RETURN(Tensor filters, FiltersOf(*rewriter.graph().value(codes).constant, w, rewriter.budget()));
  return rewriter.NewConstant(rewriter.graph().value(form.weights).name, std::move(filters));
}

Result<ValueId> EmitDequantizedFilters(Rewriter& rewriter, const QuantizedForm& form, const Shape& w,
                                       const std::string& name) {
  const Shape matrix{w.Product(1, w.rank()), w[0]};
  std::vector<ValueId> inputs(2);
  ALICE_ASSIGN_OR_RETURN(inputs[0], LoweredFilters(rewriter, form, w));
  ALICE_ASSIGN_OR_RETURN(inputs[1], LoweredScales(rewriter, form, matrix));
  if (!form.scheme.weights.symmetric) {
    const DType dtype = CodeTypeOf(form.scheme.weights.type);
    ALICE_ASSIGN_OR_RETURN(const ValueId zero_points, LoweredZeroPoints(rewriter, form, matrix, dtype));
    inputs.push_back(zero_points);
  }
  return rewriter.EmitNew(OpKind::DequantizeLinear, name, inputs, DequantizeLinearAttributes{.axis = 0}, DType::f32,
                          SymbolicShape::Of(w));
}

Result<ValueId> EmitDequantizedBias(Rewriter& rewriter, const QuantizedForm& form, ValueId bias,
                                    const std::string& name) {
  const Graph& graph = rewriter.graph();
  if (form.scheme.weights.granularity == Granularity::per_group) return bias;
  const std::span<const float> from = graph.value(bias).constant->elements<const float>();
  const std::span<const float> weight_scales = graph.value(form.scales).constant->elements<const float>();
  const bool is_per_tensor = form.scheme.weights.granularity == Granularity::per_tensor;
  MemoryBudget& budget = rewriter.budget();
  ALICE_ASSIGN_OR_RETURN(Tensor codes,
                         Tensor::Zeros(budget, MemoryKind::scales, DType::i32, Shape{AxisSize(from.size())}));
  ALICE_ASSIGN_OR_RETURN(Tensor scales, Tensor::Zeros(budget, MemoryKind::scales, DType::f32,
                                                      is_per_tensor ? Shape{} : Shape{AxisSize(from.size())}));
  const std::span<float> steps = scales.elements<float>();
  for (std::size_t c = 0; c < steps.size(); ++c) steps[c] = form.input->scale * weight_scales[c];
  for (std::size_t c = 0; c < from.size(); ++c) {
    const std::optional<std::int32_t> code = BiasCode(from[c], steps[is_per_tensor ? 0 : c]);
    if (!code) return bias;
    codes.elements<std::int32_t>()[c] = *code;
  }
  const std::string source = graph.value(bias).name;
  const ValueId code_id = rewriter.NewConstant(source + "_codes", std::move(codes));
  const ValueId scale_id = rewriter.NewConstant(source + "_scale", std::move(scales));
  return rewriter.EmitNew(OpKind::DequantizeLinear, name, {code_id, scale_id}, DequantizeLinearAttributes{.axis = 0},
                          DType::f32, SymbolicShape::Of(Shape{AxisSize(from.size())}));
}

}  // namespace alice
