#include <algorithm>

#include "base/flags.h"
#include "passes/passes.h"

namespace alice {
namespace {

/// Which value stands for each value, as the walk goes.
class Aliases {
 public:
  explicit Aliases(std::size_t values) : target_(values, kNoValue) {}

  void Set(ValueId from, ValueId to) { target_[static_cast<std::size_t>(from)] = to; }
  [[nodiscard]] ValueId Of(ValueId id) const {
    if (id == kNoValue) return id;
    const ValueId target = target_[static_cast<std::size_t>(id)];
    return target == kNoValue ? id : target;
  }

 private:
  std::vector<ValueId> target_;
};

bool IsCopy(const Graph& graph, const Node& node) {
  if (node.kind == OpKind::Identity || node.kind == OpKind::Dropout ||
      (node.kind == OpKind::Concat && node.inputs.size() == 1))
    return true;
  return node.kind == OpKind::Cast && std::get<CastAttributes>(node.attributes).to == graph.value(node.inputs[0]).dtype;
}

Flags Marked(const Graph& graph, const std::vector<ValueId>& ids) {
  Flags marked(graph.values.size(), false);
  for (const ValueId id : ids) marked[static_cast<std::size_t>(id)] = true;
  return marked;
}

}  // namespace

Status RemoveIdentity(Graph& graph, MemoryBudget& /*budget*/) {
  const Flags is_input = Marked(graph, graph.inputs);
  Flags is_output = Marked(graph, graph.outputs);
  Aliases aliases(graph.values.size());  // of what a later node uses
  Aliases renamed(graph.values.size());  // of what a node produces: it produces the graph output itself
  std::vector<Node> nodes;
  for (Node& node : graph.nodes) {
    for (ValueId& input : node.inputs) input = aliases.Of(input);
    if (!IsCopy(graph, node)) {
      nodes.push_back(std::move(node));
      continue;
    }
    const ValueId from = node.inputs[0];
    const ValueId to = node.outputs[0];
    const auto index = static_cast<std::size_t>(from);
    if (!is_output[static_cast<std::size_t>(to)]) {
      aliases.Set(to, from);
    } else if (!is_input[index] && !is_output[index] && !graph.IsConstant(from)) {
      renamed.Set(from, to);
      is_output[index] = true;  // a second copy of it has to stay
    } else {
      node.attributes = CastAttributes{graph.value(from).dtype};
      node.kind = OpKind::Cast;
      nodes.push_back(std::move(node));
    }
  }
  for (Node& node : nodes) {
    for (ValueId& input : node.inputs) input = renamed.Of(input);
    for (ValueId& output : node.outputs) output = renamed.Of(output);
  }
  graph.nodes = std::move(nodes);
  return {};
}

}  // namespace alice
