#include "exec/lifetimes.h"

#include <algorithm>

#include "backends/backend.h"

namespace alice {

ValueStorage AnalyzeStorage(const Graph& graph) {
  const std::size_t values = graph.values.size();
  const std::size_t end = graph.nodes.size();
  ValueStorage storage;
  storage.root.resize(values);
  storage.lifetime.resize(values);
  for (std::size_t id = 0; id < values; ++id) storage.root[id] = static_cast<ValueId>(id);

  const auto root_of = [&](ValueId id) { return storage.root[static_cast<std::size_t>(id)]; };
  const auto lifetime_of = [&](ValueId id) -> Lifetime& {
    return storage.lifetime[static_cast<std::size_t>(root_of(id))];
  };

  for (const ValueId id : graph.inputs) lifetime_of(id) = {0, end};
  for (std::size_t step = 0; step < graph.nodes.size(); ++step) {
    const Node& node = graph.nodes[step];
    if (IsView(node.kind)) storage.root[static_cast<std::size_t>(node.outputs[0])] = root_of(node.inputs[0]);
    for (const ValueId id : node.inputs) {
      if (id != kNoValue) lifetime_of(id).last = std::max(lifetime_of(id).last, step);
    }
    if (IsView(node.kind)) continue;
    for (const ValueId id : node.outputs) {
      if (id != kNoValue) lifetime_of(id) = {step, step};
    }
  }
  for (const ValueId id : graph.outputs) lifetime_of(id).last = end;
  return storage;
}

}  // namespace alice
