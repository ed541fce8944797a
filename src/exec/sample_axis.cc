#include "exec/sample_axis.h"

#include <algorithm>

namespace alice {
namespace {

bool HoldsSamples(const SymbolicShape& shape) {
  if (shape.rank() == 0 || shape.dims[0].known()) return false;
  return std::all_of(shape.dims.begin() + 1, shape.dims.end(), [](const Dim& dim) { return dim.known(); });
}

bool MixesSamples(const Graph& graph, const Node& node) {
  const auto rank = static_cast<std::int64_t>(graph.value(node.inputs[0]).shape.rank());
  const auto is_first = [rank](std::int64_t axis) { return axis == 0 || axis == -rank; };
  if (const auto* softmax = std::get_if<SoftmaxAttributes>(&node.attributes)) return is_first(softmax->axis);
  if (const auto* concat = std::get_if<ConcatAttributes>(&node.attributes)) return is_first(concat->axis);
  if (const auto* gather = std::get_if<GatherAttributes>(&node.attributes)) {
    return !graph.IsConstant(node.inputs[0]) && is_first(gather->axis);
  }
  if (const auto* slice = std::get_if<SliceAttributes>(&node.attributes)) {
    return std::ranges::any_of(slice->axes.dims(), is_first);
  }
  if (node.kind == OpKind::MaxPool && node.outputs.size() > 1) return true;  // the indices count samples
  if (const auto* split = std::get_if<SplitAttributes>(&node.attributes)) return is_first(split->axis);
  if (const auto* norm = std::get_if<LpNormalizationAttributes>(&node.attributes)) return is_first(norm->axis);
  if (const auto* norm = std::get_if<MeanVarianceAttributes>(&node.attributes)) {
    return std::ranges::any_of(norm->axes.dims(), is_first);
  }
  if (node.kind == OpKind::LayerNormalization) {
    return is_first(std::get<NormalizationAttributes>(node.attributes).axis);
  }
  if (const auto* recurrent = std::get_if<RecurrentAttributes>(&node.attributes)) return !recurrent->batch_first;
  return false;
}

}  // namespace

Status CheckOpenAxes(const Graph& graph) {
  std::int32_t samples_symbol = -1;
  for (const ValueId id : graph.inputs) {
    const Value& input = graph.value(id);
    for (std::size_t axis = 0; axis < input.shape.rank(); ++axis) {
      const Dim& dim = input.shape.dims[axis];
      if (dim.known()) continue;
      if (axis > 0 || (samples_symbol >= 0 && samples_symbol != dim.symbol)) {
        return MakeError(ErrorCode::shape_unresolved, "input \"", input.name, "\" has the shape ",
                         input.shape.ToString(graph.symbols), ": only its first axis may be symbolic")
            .WithHint("say its sizes by `shapes`, or by what the model is fed or calibrated with");
      }
      samples_symbol = dim.symbol;
    }
  }
  return {};
}

bool HasIndependentSamples(const Graph& graph) {
  std::int32_t symbol = -1;
  const auto is_apart = [&](ValueId id) {
    if (id == kNoValue || graph.IsConstant(id)) return true;
    const SymbolicShape& shape = graph.value(id).shape;
    if (!HoldsSamples(shape)) return false;
    if (symbol < 0) symbol = shape.dims[0].symbol;
    return shape.dims[0].symbol == symbol;
  };
  const auto all_apart = [&](const std::vector<ValueId>& ids) { return std::ranges::all_of(ids, is_apart); };
  const auto is_constant = [&](ValueId id) { return graph.IsConstant(id); };
  if (std::ranges::any_of(graph.outputs, is_constant)) return false;
  return all_apart(graph.inputs) && all_apart(graph.outputs) && std::ranges::all_of(graph.nodes, [&](const Node& node) {
           return all_apart(node.inputs) && all_apart(node.outputs) && !MixesSamples(graph, node);
         });
}

}  // namespace alice
