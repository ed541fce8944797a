#include "exec/memory_forecast.h"

#include <algorithm>
#include <set>
#include <string>

namespace alice {
namespace {

std::uint64_t BudgetBytes(const Tensor& tensor) {
  MemoryByKind taken;
  taken.AddBuffer(MemoryKind::model, tensor.bytes());
  return taken.Total();
}

std::string Text(const MemoryByKind& memory) {
  std::string text;
  for (std::size_t kind = 0; kind < kMemoryKinds; ++kind) {
    if (memory.bytes[kind] == 0) continue;
    text += (text.empty() ? "" : ", ") + std::string(MemoryKindName(static_cast<MemoryKind>(kind))) + " " +
            std::to_string(memory.bytes[kind]);
  }
  return text;
}

}  // namespace

Flags ReadValues(const Graph& graph) {
  Flags is_read(graph.values.size(), false);
  const auto read = [&](ValueId id) {
    if (id != kNoValue) is_read[static_cast<std::size_t>(id)] = true;
  };
  for (const Node& node : graph.nodes) std::ranges::for_each(node.inputs, read);
  std::ranges::for_each(graph.outputs, read);
  return is_read;
}

std::vector<ValueId> CodesToRelease(const Graph& graph) {
  const Flags is_read = ReadValues(graph);
  std::set<ValueId> codes;
  for (const Node& node : graph.nodes) {
    if (!node.quantized || is_read[static_cast<std::size_t>(node.quantized->weights)]) continue;
    if (!graph.value(node.quantized->weights).constant->released()) codes.insert(node.quantized->weights);
  }
  return {codes.begin(), codes.end()};
}

std::uint64_t MemoryToRelease(const Graph& graph) {
  std::uint64_t bytes = 0;
  for (const ValueId id : CodesToRelease(graph)) bytes += BudgetBytes(*graph.value(id).constant);
  return bytes;
}

MemoryByKind ConstantMemory(const Graph& graph) {
  Flags is_scale(graph.values.size(), false);
  for (const Node& node : graph.nodes) {
    if (!node.quantized) continue;
    QuantizedForm::ForEachValue(
        *node.quantized, [&](ValueId id) { is_scale[static_cast<std::size_t>(id)] = id != node.quantized->weights; });
  }
  Flags is_gone(graph.values.size(), false);
  for (const ValueId id : CodesToRelease(graph)) is_gone[static_cast<std::size_t>(id)] = true;
  MemoryByKind memory;
  for (std::size_t index = 0; index < graph.values.size(); ++index) {
    const std::optional<Tensor>& constant = graph.values[index].constant;
    if (!constant || constant->released() || is_gone[index]) continue;
    const MemoryKind kind = is_scale[index]                  ? MemoryKind::scales
                            : SizeOf(constant->dtype()) == 1 ? MemoryKind::weights_int8
                                                             : MemoryKind::weights_f32;
    memory[kind] += BudgetBytes(*constant);
  }
  return memory;
}

Status CheckFits(const MemoryByKind& planned, std::uint64_t to_take, std::uint64_t rows, std::uint64_t to_release,
                 MemoryBudget& budget) {
  const std::uint64_t held = budget.held_bytes();
  const std::uint64_t most = std::max(held + to_take, held + to_take + rows - to_release);
  if (most <= budget.limit_bytes()) return {};
  budget.NoteRefusal(static_cast<std::size_t>(most - held));
  return MakeError(ErrorCode::budget_exceeded, "the model needs ", planned.Total(), " bytes in service (",
                   Text(planned), "), ", most - held, " of them still to be taken; ", held, " of ",
                   budget.limit_bytes(), " bytes are held")
      .WithHint("raise maxMemoryMB or use a smaller model");
}

}  // namespace alice
