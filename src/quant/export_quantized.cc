#include <cstring>

#include "base/flags.h"
#include "onnx/writer.h"
#include "passes/dynamic_int8.h"
#include "quant/quantize_model.h"

namespace alice {
namespace {

/// For each value, whether something other than the float form of an INT8 node reads it.
Flags NeededElements(const Graph& graph) {
  Flags needed(graph.values.size(), false);
  const auto need = [&](ValueId id) {
    if (id != kNoValue) needed[static_cast<std::size_t>(id)] = true;
  };
  for (const Node& node : graph.nodes) {
    for (std::size_t i = 0; i < node.inputs.size(); ++i) {
      if (!(node.quantized && i == 1)) need(node.inputs[i]);
    }
    if (node.quantized) QuantizedForm::ForEachValue(*node.quantized, need);
  }
  for (const ValueId id : graph.outputs) need(id);
  return needed;
}

/// A copy of the graph in which the elements of constants that are not `needed` are absent.
Result<Graph> CopyGraph(const Graph& graph, const Flags& needed, MemoryBudget& budget) {
  Graph copy;
  copy.name = graph.name;
  copy.opset = graph.opset;
  copy.symbols = graph.symbols;
  copy.nodes = graph.nodes;
  copy.inputs = graph.inputs;
  copy.outputs = graph.outputs;
  copy.metadata = graph.metadata;
  for (std::size_t index = 0; index < graph.values.size(); ++index) {
    const Value& value = graph.values[index];
    Value& copied = copy.values.emplace_back();
    copied.name = value.name;
    copied.dtype = value.dtype;
    copied.shape = value.shape;
    if (!value.constant || !needed[index]) continue;
    ALICE_ASSIGN_OR_RETURN(Tensor tensor,
                           Tensor::Zeros(budget, MemoryKind::model, value.constant->dtype(), value.constant->shape()));
    std::memcpy(tensor.view().data, value.constant->view().data, value.constant->bytes());
    copied.constant = std::move(tensor);
  }
  return copy;
}

}  // namespace

Result<std::vector<std::byte>> ExportQuantized(const Graph& graph, MemoryBudget& budget) {
  ALICE_ASSIGN_OR_RETURN(Graph copy, CopyGraph(graph, NeededElements(graph), budget));
  ALICE_RETURN_IF_ERROR(LowerToOnnx(copy, budget));
  return WriteOnnx(copy);
}

}  // namespace alice
