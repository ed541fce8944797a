#include "engine/read_model_graph.h"

#include "base/split_list.h"
#include "exec/evaluate.h"
#include "passes/make_elements.h"

namespace alice {

Result<Graph> ReadModelGraph(std::span<const std::byte> bytes, const Options& options,
                             std::span<const InputShape> shapes, MemoryBudget& budget) {
  const std::vector<std::string> outputs = SplitList(options.outputs);
  const auto evaluate = [&](const Graph& graph, const Node& node) -> Result<std::optional<Tensor>> {
    ALICE_ASSIGN_OR_RETURN(std::optional<Tensor> made, MadeElements(graph, node, budget));
    if (made) return made;
    return Evaluate(graph, node, budget);
  };
  return ReadOnnx(bytes, budget, {.outputs = outputs, .shapes = shapes, .evaluate = evaluate});
}

Result<Graph> ReadModelSignature(std::span<const std::byte> bytes, const Options& options,
                                 std::span<const InputShape> shapes, MemoryBudget& budget) {
  const std::vector<std::string> outputs = SplitList(options.outputs);
  return ReadSignature(bytes, budget, {.outputs = outputs, .shapes = shapes});
}

}  // namespace alice
