#include "exec/session.h"

#include <algorithm>

#include "exec/memory_planner.h"
#include "exec/sample_axis.h"

namespace alice {
namespace {

Status CheckSymbols(const Graph& graph) {
  std::int32_t samples_symbol = -1;
  for (const ValueId id : graph.inputs) {
    const Value& input = graph.value(id);
    for (std::size_t axis = 0; axis < input.shape.rank(); ++axis) {
      const Dim& dim = input.shape.dims[axis];
      if (dim.known()) continue;
      if (axis > 0 || (samples_symbol >= 0 && samples_symbol != dim.symbol)) {
        return MakeError(ErrorCode::shape_unresolved, "input \"", input.name, "\" has the shape ",
                         input.shape.ToString(graph.symbols), ": only its first axis may be symbolic");
      }
      samples_symbol = dim.symbol;
    }
  }
  return {};
}

}  // namespace

Result<Session> Session::Create(Graph graph, MemoryBudget& budget, Isa isa) {
  ALICE_RETURN_IF_ERROR(CheckSymbols(graph));
  Session session(std::move(graph), budget);
  session.has_batch_axis_ = HasIndependentSamples(session.graph_);
  session.storage_ = AnalyzeStorage(session.graph_);
  ALICE_RETURN_IF_ERROR(session.Compile(isa));
  ALICE_RETURN_IF_ERROR(session.PlanFor(1));
  return session;
}

Status Session::Compile(Isa isa) {
  for (std::size_t index = 0; index < graph_.nodes.size(); ++index) {
    const Node& node = graph_.nodes[index];
    if (IsView(node.kind)) continue;
    Step step;
    step.node = index;
    for (const Precision precision : {Precision::fp32, Precision::int8}) {
      if (precision == Precision::int8 && !node.int8) continue;
      ALICE_ASSIGN_OR_RETURN(step.ops[static_cast<std::size_t>(precision)],
                             CompileOp(graph_, node, precision, isa, *budget_));
    }
    has_int8_ = has_int8_ || node.int8.has_value();
    step.inputs.resize(node.inputs.size());
    step.outputs.resize(node.outputs.size());
    steps_.push_back(std::move(step));
  }
  // Only now: nodes may share their weights.
  for (const Node& node : graph_.nodes) {
    if (node.int8) graph_.value(node.int8->weights).constant->Release();
  }
  return {};
}

Shape Session::ShapeOf(ValueId id, std::int64_t samples) const {
  Shape shape;
  for (const Dim& dim : graph_.value(id).shape.dims) shape.Append(dim.known() ? dim.size : samples);
  return shape;
}

TensorView Session::ViewOf(ValueId id) const {
  return {graph_.value(id).dtype, ShapeOf(id, samples_), data_[static_cast<std::size_t>(id)]};
}

Result<std::uint64_t> Session::BindStep(const Step& step, std::int64_t samples) {
  const Node& node = graph_.nodes[step.node];
  std::array<Shape, 8> inputs;
  std::array<Shape, 4> outputs;
  ALICE_CHECK(node.inputs.size() <= inputs.size() && node.outputs.size() <= outputs.size());
  for (std::size_t i = 0; i < node.inputs.size(); ++i) {
    if (node.inputs[i] != kNoValue) inputs[i] = ShapeOf(node.inputs[i], samples);
  }
  for (std::size_t i = 0; i < node.outputs.size(); ++i) outputs[i] = ShapeOf(node.outputs[i], samples);
  const Binding binding{{inputs.data(), node.inputs.size()}, {outputs.data(), node.outputs.size()}, samples};

  std::uint64_t scratch_bytes = 0;
  for (const auto& op : step.ops) {
    if (!op) continue;
    auto bytes = op->Bind(binding);
    if (!bytes.ok()) return std::move(bytes).error().At(node.name);
    scratch_bytes = std::max(scratch_bytes, *bytes);
  }
  return scratch_bytes;
}

Status Session::PlanFor(std::int64_t samples) { return samples <= max_samples_ ? Status{} : Replan(samples); }

Status Session::Replan(std::int64_t samples) {
  ALICE_CHECK(samples == 1 || has_batch_axis());
  Status planned = Plan(samples);
  if (!planned.ok() && max_samples_ > 0) BindAll(samples_);
  return planned;
}

Status Session::Plan(std::int64_t samples) {
  // One buffer for each value that owns memory, then one for each step's scratch.
  std::vector<BufferRequest> requests;
  std::vector<ValueId> owners;
  for (std::size_t index = 0; index < graph_.values.size(); ++index) {
    const auto id = static_cast<ValueId>(index);
    const Value& value = graph_.values[index];
    if (value.constant || storage_.root[index] != id) continue;
    const auto elements = static_cast<std::uint64_t>(ShapeOf(id, samples).elements());
    requests.push_back({elements * SizeOf(value.dtype) + kBufferSlack, storage_.lifetime[index]});
    owners.push_back(id);
  }
  for (const Step& step : steps_) {
    ALICE_ASSIGN_OR_RETURN(const std::uint64_t scratch_bytes, BindStep(step, samples));
    requests.push_back({scratch_bytes, {step.node, step.node}});
  }
  const MemoryPlan plan = PlanMemory(requests);
  ALICE_ASSIGN_OR_RETURN(Buffer arena, Buffer::Allocate(*budget_, MemoryKind::activations, plan.arena_bytes));

  arena_ = std::move(arena);
  data_.assign(graph_.values.size(), nullptr);
  for (std::size_t i = 0; i < owners.size(); ++i) {
    data_[static_cast<std::size_t>(owners[i])] = arena_.data() + plan.offsets[i];
  }
  for (std::size_t index = 0; index < graph_.values.size(); ++index) {
    const ValueId root = storage_.root[index];
    const auto& constant = graph_.value(root).constant;
    data_[index] = constant ? constant->view().data : data_[static_cast<std::size_t>(root)];
  }
  const auto data_of = [&](ValueId id) { return id == kNoValue ? nullptr : data_[static_cast<std::size_t>(id)]; };
  for (std::size_t i = 0; i < steps_.size(); ++i) {
    Step& step = steps_[i];
    const Node& node = graph_.nodes[step.node];
    std::transform(node.inputs.begin(), node.inputs.end(), step.inputs.begin(), data_of);
    std::transform(node.outputs.begin(), node.outputs.end(), step.outputs.begin(), data_of);
    step.scratch = arena_.data() + plan.offsets[owners.size() + i];
  }
  max_samples_ = samples;
  samples_ = samples;
  return {};
}

void Session::SetSamples(std::int64_t samples) {
  ALICE_CHECK(samples >= 1 && samples <= max_samples_);
  if (samples == samples_) return;
  samples_ = samples;
  BindAll(samples);
}

void Session::BindAll(std::int64_t samples) {
  for (const Step& step : steps_) ALICE_CHECK(BindStep(step, samples).ok());
}

void Session::Run(Precision precision, RunObserver* observer) {
  for (const Step& step : steps_) {
    step.op(precision).Run({step.inputs.data(), step.outputs.data(), step.scratch, step.node, observer});
    if (observer != nullptr) observer->OnOutput(step.node, ViewOf(graph_.nodes[step.node].outputs[0]));
  }
}

std::size_t Session::int8_weight_bytes() const {
  std::size_t bytes = 0;
  for (const Step& step : steps_) {
    const auto& int8 = step.ops[static_cast<std::size_t>(Precision::int8)];
    if (int8) bytes += int8->PackedWeightBytes();
  }
  return bytes;
}

std::size_t Session::fp32_weight_bytes() const {
  std::size_t bytes = 0;
  for (const Node& node : graph_.nodes) {
    if (node.int8) bytes += graph_.value(node.inputs[1]).constant->bytes();
  }
  return bytes;
}

}  // namespace alice
