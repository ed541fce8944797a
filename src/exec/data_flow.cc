#include "exec/data_flow.h"

#include "backends/backend.h"

namespace alice {

DataFlow AnalyzeDataFlow(const Graph& graph, const ValueStorage& storage) {
  DataFlow flow;
  flow.roots.resize(graph.values.size());
  const auto root_of = [&](ValueId id) -> DataFlow::Root& {
    return flow.roots[static_cast<std::size_t>(storage.root[static_cast<std::size_t>(id)])];
  };
  for (std::size_t index = 0; index < graph.nodes.size(); ++index) {
    const Node& node = graph.nodes[index];
    if (IsView(node.kind)) continue;
    root_of(node.outputs[0]).maker = index;
    for (std::size_t i = 0; i < node.inputs.size(); ++i) {
      if (node.inputs[i] != kNoValue) root_of(node.inputs[i]).readers.push_back({index, i});
    }
  }
  for (const ValueId id : graph.outputs) root_of(id).is_output = true;
  return flow;
}

}  // namespace alice
