#include "passes/make_elements.h"

#include <algorithm>
#include <cstring>

#include "ir/made_elements.h"

namespace alice {
namespace {

/// What a Shape or Size gives, where it is known.
std::optional<std::vector<std::int64_t>> SizesOf(const Graph& graph, const Node& node) {
  const SymbolicShape& shape = graph.value(node.inputs[0]).shape;
  if (node.kind == OpKind::Size) {
    if (!shape.known()) return std::nullopt;
    return std::vector<std::int64_t>{shape.Resolve({}).elements()};
  }
  const AxisInterval axes = AxesOfShape(std::get<ShapeAttributes>(node.attributes), shape.rank());
  std::vector<std::int64_t> sizes;
  for (std::size_t axis = axes.begin; axis < axes.end; ++axis) {
    if (!shape.dims[axis].known()) return std::nullopt;
    sizes.push_back(shape.dims[axis].size);
  }
  return sizes;
}

void Repeat(const FillAttributes& fill, const TensorView& out) {
  const std::size_t size = SizeOf(fill.dtype);
  const auto count = static_cast<std::size_t>(out.shape.elements());
  for (std::size_t i = 0; i < count; ++i) std::memcpy(out.data + i * size, fill.element.data(), size);
}

}  // namespace

Result<std::optional<Tensor>> MadeElements(const Graph& graph, const Node& node, MemoryBudget& budget) {
  std::optional<std::vector<std::int64_t>> sizes;
  if (node.kind == OpKind::Shape || node.kind == OpKind::Size) {
    sizes = SizesOf(graph, node);
    if (!sizes) return std::optional<Tensor>();
  } else if (node.kind != OpKind::ConstantOfShape && node.kind != OpKind::Range) {
    return std::optional<Tensor>();
  }
  const Value& result = graph.value(node.outputs[0]);
  ALICE_ASSIGN_OR_RETURN(Tensor made,
                         Tensor::Zeros(budget, ConstantKind(result.dtype), result.dtype, result.shape.Resolve({})));
  if (sizes) {
    std::ranges::copy(*sizes, made.elements<std::int64_t>().begin());
  } else if (node.kind == OpKind::ConstantOfShape) {
    Repeat(std::get<FillAttributes>(node.attributes), made.view());
  } else {
    FillRange(*graph.value(node.inputs[0]).constant, *graph.value(node.inputs[2]).constant, made.view());
  }
  return std::optional<Tensor>(std::move(made));
}

}  // namespace alice
