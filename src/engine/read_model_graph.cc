#include "engine/read_model_graph.h"

#include "base/split_list.h"
#include "exec/evaluate.h"

namespace alice {

Result<Graph> ReadModelGraph(std::span<const std::byte> bytes, const Options& options,
                             std::span<const InputShape> shapes, MemoryBudget& budget) {
  const std::vector<std::string> outputs = SplitList(options.outputs);
  const auto evaluate = [&](const Graph& graph, const Node& node) { return Evaluate(graph, node, budget); };
  return ReadOnnx(bytes, budget, {.outputs = outputs, .shapes = shapes, .evaluate = evaluate});
}

}  // namespace alice
