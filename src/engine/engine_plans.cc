// One model made more than once: for other shapes of its inputs, or by an engine with a device for one without.
#include <algorithm>
#include <map>
#include <string_view>
#include <utility>

#include "engine/engine.h"
#include "passes/pipeline.h"
#include "quant/quantize_model.h"

namespace alice {
namespace {

/// Calls visit(name, node) for the index of every node; of those that have one name the first is number 0.
template <typename Visit>
void ForEachNamed(const Graph& graph, const Visit& visit) {
  std::map<std::string_view, std::size_t> seen;
  for (std::size_t node = 0; node < graph.nodes.size(); ++node) {
    const std::string& name = graph.nodes[node].name;
    visit(std::pair(name, seen[name]++), node);
  }
}

}  // namespace

std::vector<QuantizedNode> Engine::QuantizedNodes() const {
  std::vector<QuantizedNode> quantized;
  if (!service_) return quantized;
  const std::vector<Node>& nodes = service_->model().session().graph().nodes;
  for (std::size_t node = 0; node < nodes.size(); ++node) {
    const std::optional<QuantizedForm>& form = nodes[node].quantized;
    if (form) quantized.push_back({node, form->input, form->bound});
  }
  return quantized;
}

Result<Graph> Engine::ReadQuantizable(bool quantizes) {
  ALICE_ASSIGN_OR_RETURN(Graph graph, ReadStagedGraph());
  ALICE_RETURN_IF_ERROR(Optimize(graph, budget_));
  if (quantizes) {
    ALICE_ASSIGN_OR_RETURN(const Scheme scheme, SchemeOf(options_));
    ALICE_ASSIGN_OR_RETURN(const WeightCalibration calibration, WeightCalibrationOf(options_));
    ALICE_RETURN_IF_ERROR(QuantizeModel(graph, scheme, LayerPolicyOf(options_), budget_, calibration));
  }
  return graph;
}

Result<Model> Engine::MakeQuantized(Graph graph, std::span<const QuantizedNode> nodes, FloatWeights float_weights) {
  const auto kept_answers = static_cast<std::size_t>(options_.recoveryCheckInterval);
  ALICE_ASSIGN_OR_RETURN(Model model,
                         Model::Create(std::move(graph), budget_, isa(), FloatWeights::kept, kept_answers));
  Session& session = model.session();
  for (const QuantizedNode& at : nodes) {
    if (at.node >= session.graph().nodes.size() || !session.graph().nodes[at.node].quantized) {
      return MakeError(ErrorCode::argument_invalid, "the staged model has no quantized node ", at.node);
    }
    session.SetInputForm(at.node, at.input, at.bound);
  }
  for (std::size_t node = 0; node < session.graph().nodes.size(); ++node) {
    const bool is_listed = std::ranges::find(nodes, node, &QuantizedNode::node) != nodes.end();
    if (session.graph().nodes[node].quantized && !is_listed) model.KeepFloat(node);
  }
  if (float_weights == FloatWeights::decoded) ALICE_RETURN_IF_ERROR(session.CompileDecoded());
  if (accelerator_) model.AccelerateTriedOn(*accelerator_, {});
  session.PackFloatWeights();
  if (float_weights == FloatWeights::decoded) session.DropFloatWeights();
  session.ReleaseCodes();
  model.Settle();
  return model;
}

Result<std::size_t> Engine::AddPlan() {
  if (!service_) return NoModel();
  if (quantized_with_ && forms_by_name_.empty()) {
    // What is served now is what was adopted.
    const Graph& graph = service_->model().session().graph();
    ForEachNamed(graph, [&](auto name, std::size_t node) {
      const std::optional<QuantizedForm>& form = graph.nodes[node].quantized;
      if (form) forms_by_name_[std::move(name)] = {node, form->input, form->bound};
    });
  }
  const auto make = [&]() -> Result<Model> {
    if (!quantized_with_) return ReadStagedModel();
    ALICE_ASSIGN_OR_RETURN(Graph graph, ReadQuantizable(true));
    std::vector<QuantizedNode> nodes;
    ForEachNamed(graph, [&](const auto& name, std::size_t node) {
      const auto form = forms_by_name_.find(name);
      if (form == forms_by_name_.end() || !graph.nodes[node].quantized) return;
      nodes.push_back({node, form->second.input, form->second.bound});
    });
    return MakeQuantized(std::move(graph), nodes, *quantized_with_);
  };
  auto model = make();
  if (!model.ok()) return Counted(std::move(model).error());
  auto served = ServedModel::Create(std::move(*model), budget_, supervisor_);
  if (!served.ok()) return Counted(std::move(served).error());
  other_plans_.push_back({plan_, std::move(service_)});
  service_ = std::move(*served);
  plan_ = next_plan_++;
  return plan_;
}

void Engine::UsePlan(std::size_t plan) {
  const auto other = std::ranges::find(other_plans_, plan, &Plan::number);
  if (other == other_plans_.end()) return;
  std::swap(other->number, plan_);
  std::swap(other->served, service_);
}

void Engine::DropPlan(std::size_t plan) {
  std::erase_if(other_plans_, [&](const Plan& other) { return other.number == plan; });
}

}  // namespace alice
