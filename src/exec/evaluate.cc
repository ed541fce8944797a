#include "exec/evaluate.h"

#include <algorithm>
#include <cstring>
#include <memory>
#include <vector>

#include "backends/backend.h"
#include "backends/holdings.h"
#include "tensor/buffer.h"

namespace alice {
namespace {

bool IsForPasses(OpKind kind) {
  switch (kind) {
    case OpKind::Conv:
    case OpKind::ConvInteger:
    case OpKind::DequantizeLinear:
    case OpKind::DynamicQuantizeLinear:
    case OpKind::Gemm:
    case OpKind::MatMul:
    case OpKind::MatMulInteger:
    case OpKind::MatMulNBits:
    case OpKind::QGemm:
    case OpKind::QLinearConv:
    case OpKind::QLinearMatMul:
    case OpKind::QuantizeLinear:
      return true;
    default:
      return false;
  }
}

std::int64_t MostEvaluated(const Graph& graph, const Node& node) {
  if (node.kind != OpKind::Concat && node.kind != OpKind::Slice) return kMostEvaluated;
  std::int64_t elements = 0;
  for (const ValueId id : node.inputs) elements += id == kNoValue ? 0 : graph.value(id).constant->shape().elements();
  return std::max(elements, kMostEvaluated);
}

bool AllConstant(const Graph& graph, const Node& node) {
  for (const ValueId id : node.inputs) {
    if (id != kNoValue && (!graph.IsConstant(id) || graph.value(id).constant->released())) return false;
  }
  return !node.inputs.empty();
}

Status Run(const Graph& graph, const Node& node, MemoryBudget& budget, const Tensor& result) {
  Holdings holdings;
  ALICE_ASSIGN_OR_RETURN(const std::unique_ptr<Op> op,
                         CompileOp(graph, node, Execution::fp32, Isa::reference, holdings));
  ALICE_RETURN_IF_ERROR(holdings.Take(budget));
  op->Prepare(graph);
  std::vector<Shape> shapes;
  std::vector<std::byte*> inputs;
  for (const ValueId id : node.inputs) {
    shapes.push_back(id == kNoValue ? Shape() : graph.value(id).constant->shape());
    inputs.push_back(id == kNoValue ? nullptr : graph.value(id).constant->view().data);
  }
  const Shape output_shape = result.shape();
  std::byte* const output = result.view().data;
  ALICE_ASSIGN_OR_RETURN(const std::uint64_t scratch_bytes, op->Bind({shapes, std::span(&output_shape, 1), 1}));
  ALICE_ASSIGN_OR_RETURN(Buffer scratch, Buffer::Allocate(budget, MemoryKind::activations, scratch_bytes));
  op->Run({inputs.data(), &output, scratch.data(), nullptr, nullptr, 0, nullptr});
  return {};
}

}  // namespace

Result<std::optional<Tensor>> Evaluate(const Graph& graph, const Node& node, MemoryBudget& budget) {
  if (node.outputs.size() != 1 || IsForPasses(node.kind) || !AllConstant(graph, node)) return std::optional<Tensor>();
  const Value& output = graph.value(node.outputs[0]);
  if (!output.shape.known()) return std::optional<Tensor>();
  const Shape shape = output.shape.Resolve({});
  if (shape.elements() > MostEvaluated(graph, node)) return std::optional<Tensor>();
  ALICE_ASSIGN_OR_RETURN(Tensor result, Tensor::Zeros(budget, ConstantKind(output.dtype), output.dtype, shape));
  if (IsView(node.kind) || node.kind == OpKind::Identity) {
    const Tensor& from = *graph.value(node.inputs[0]).constant;
    std::memcpy(result.view().data, from.view().data, result.bytes());
    return std::optional<Tensor>(std::move(result));
  }
  Status status = Run(graph, node, budget, result);
  if (status.ok()) return std::optional<Tensor>(std::move(result));
  if (ErrorStage(status.error().code) == "budget") return std::move(status).error();
  return std::optional<Tensor>();  // it cannot be executed on its own
}

}  // namespace alice
