#include <algorithm>
#include <ranges>

#include "base/flags.h"
#include "passes/passes.h"

namespace alice {
namespace {

std::size_t Index(ValueId id) { return static_cast<std::size_t>(id); }

/// Calls `visit` with every value id that `node` holds.
template <typename Visit>
void ForEachOperand(Node& node, const Visit& visit) {
  for (ValueId& input : node.inputs) {
    if (input != kNoValue) visit(input);
  }
  if (node.quantized) QuantizedForm::ForEachValue(*node.quantized, visit);
}

}  // namespace

Status RemoveDead(Graph& graph, MemoryBudget& /*budget*/) {
  Flags used(graph.values.size(), false);
  for (const ValueId id : graph.inputs) used[Index(id)] = true;
  for (const ValueId id : graph.outputs) used[Index(id)] = true;

  std::vector<Node> nodes;
  for (Node& node : std::views::reverse(graph.nodes)) {
    const bool alive = std::any_of(node.outputs.begin(), node.outputs.end(),
                                   [&](ValueId id) { return static_cast<bool>(used[Index(id)]); });
    if (!alive) continue;
    for (const ValueId id : node.outputs) used[Index(id)] = true;
    ForEachOperand(node, [&](ValueId& id) { used[Index(id)] = true; });
    nodes.push_back(std::move(node));
  }
  std::reverse(nodes.begin(), nodes.end());
  graph.nodes = std::move(nodes);

  std::vector<ValueId> new_ids(graph.values.size(), kNoValue);
  std::vector<Value> values;
  for (std::size_t id = 0; id < graph.values.size(); ++id) {
    if (!used[id]) continue;
    new_ids[id] = static_cast<ValueId>(values.size());
    values.push_back(std::move(graph.values[id]));
  }
  graph.values = std::move(values);
  const auto renumber = [&](ValueId& id) { id = new_ids[Index(id)]; };
  for (Node& node : graph.nodes) {
    ForEachOperand(node, renumber);
    std::for_each(node.outputs.begin(), node.outputs.end(), renumber);
  }
  std::for_each(graph.inputs.begin(), graph.inputs.end(), renumber);
  std::for_each(graph.outputs.begin(), graph.outputs.end(), renumber);
  return {};
}

}  // namespace alice
