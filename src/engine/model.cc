#include "engine/model.h"

#include <algorithm>
#include <cstring>

#include "base/check.h"
#include "base/flags.h"
#include "base/split_list.h"
#include "behavior/behavior_class.h"
#include "behavior/features12.h"

namespace alice {
namespace {

TensorInfo DescribeTensor(const Graph& graph, ValueId id) {
  const Value& value = graph.value(id);
  TensorInfo info{value.name, DTypeName(value.dtype), {}};
  for (const Dim& dim : value.shape.dims) {
    info.dims.push_back(dim.known() ? std::to_string(dim.size) : graph.symbols[static_cast<std::size_t>(dim.symbol)]);
  }
  return info;
}

std::vector<std::string> ClassNames(const Graph& graph, std::size_t input_width, std::size_t output_width) {
  std::vector<std::string> names = SplitList(graph.MetadataOf("classes"));
  if (names.size() == output_width) return names;
  if (input_width != kFeatureCount || output_width != kBehaviorClassCount) return {};
  return {kBehaviorClassNames.begin(), kBehaviorClassNames.end()};
}

Status CheckForm(const Graph& graph) {
  if (graph.inputs.empty() || graph.outputs.empty()) {
    return MakeError(ErrorCode::shape_mismatch, "the model has ", graph.inputs.size(), " inputs and ",
                     graph.outputs.size(), " outputs: it needs one of each at least");
  }
  for (const std::vector<ValueId>& tensors : {graph.inputs, graph.outputs}) {
    for (const ValueId id : tensors) {
      const Value& value = graph.value(id);
      if (IsCode(value.dtype)) {
        return MakeError(ErrorCode::model_unsupported_type, "\"", value.name, "\" is ", DTypeName(value.dtype),
                         ", which no input or output can be");
      }
      if (SampleElements(graph, id) == 0) {
        return MakeError(ErrorCode::shape_mismatch, "\"", value.name, "\" has no elements: its shape is ",
                         value.shape.ToString(graph.symbols));
      }
    }
  }
  return {};
}

/// What the rows through which a model in service is used take of the budget: one of inputs, two of outputs, and those of
/// the answers that are kept.
std::uint64_t RowMemory(std::size_t input_words, std::size_t output_words, std::size_t kept_answers) {
  MemoryByKind rows;
  if (kept_answers > 0) {
    for (const std::size_t words : {input_words, output_words}) {
      rows.AddBuffer(MemoryKind::io, std::uint64_t{kept_answers} * words * sizeof(float));
    }
  }
  for (const std::size_t words : {input_words, output_words, output_words}) {
    rows.AddBuffer(MemoryKind::io, words * sizeof(float));
  }
  return rows.Total();
}

}  // namespace

ModelInfo DescribeGraph(const Graph& graph) {
  ModelInfo info;
  info.name = graph.name;
  info.opset = graph.opset;
  info.nodes = graph.nodes.size();
  for (const ValueId id : graph.inputs) info.inputs.push_back(DescribeTensor(graph, id));
  for (const ValueId id : graph.outputs) info.outputs.push_back(DescribeTensor(graph, id));
  Flags counted(graph.values.size(), false);
  for (const Node& node : graph.nodes) {
    info.quantized_layers += node.quantized ? 1 : 0;
    info.static_layers += node.quantized && node.quantized->input ? 1 : 0;
    for (const ValueId id : node.inputs) {
      if (!graph.IsConstant(id) || counted[static_cast<std::size_t>(id)]) continue;
      counted[static_cast<std::size_t>(id)] = true;
      info.parameters += static_cast<std::size_t>(graph.value(id).constant->shape().elements());
    }
  }
  if (graph.inputs.size() == 1 && graph.outputs.size() == 1) {
    info.classes = ClassNames(graph, SampleElements(graph, graph.inputs[0]), SampleElements(graph, graph.outputs[0]));
  }
  return info;
}

Result<RowLayout> InputLayout(const Graph& graph) {
  ALICE_RETURN_IF_ERROR(CheckForm(graph));
  return RowLayout(graph, graph.inputs);
}

Result<Model> Model::Create(Graph graph, MemoryBudget& budget, Isa isa, FloatWeights float_weights,
                            std::size_t kept_answers) {
  ALICE_RETURN_IF_ERROR(CheckForm(graph));
  ModelInfo info = DescribeGraph(graph);
  RowLayout inputs(graph, graph.inputs);
  RowLayout outputs(graph, graph.outputs);
  const auto answer_bytes = static_cast<double>((inputs.words() + outputs.words()) * sizeof(float));
  const auto most = static_cast<std::size_t>(kKeptShare * static_cast<double>(budget.limit_bytes()) / answer_bytes);
  kept_answers = info.quantized_layers == 0 ? 0 : std::min(kept_answers, most);
  const SessionOptions options{float_weights, RowMemory(inputs.words(), outputs.words(), kept_answers)};
  ALICE_ASSIGN_OR_RETURN(Session session, Session::Create(std::move(graph), budget, isa, options));
  Model model(std::move(session));
  model.info_ = std::move(info);
  model.kept_answers_ = kept_answers;
  model.inputs_ = std::move(inputs);
  model.outputs_ = std::move(outputs);
  return model;
}

Result<std::size_t> Model::PlanRows(std::size_t rows) {
  std::size_t step = session_.has_batch_axis() ? std::clamp<std::size_t>(rows, 1, kMaxRows) : 1;
  while (true) {
    Status planned = session_.PlanFor(static_cast<std::int64_t>(step));
    if (planned.ok()) return step;
    if (step == 1) return std::move(planned).error();
    step /= 2;
  }
}

Status Model::Run(Precision precision, const float* inputs, std::size_t rows, float* outputs, RunObserver* observer) {
  ALICE_ASSIGN_OR_RETURN(const std::size_t step, PlanRows(rows));
  for (std::size_t row = 0; row < rows; row += step) {
    RunPlanned(precision, inputs + row * input_width(), std::min(step, rows - row), outputs + row * output_width(),
               observer);
  }
  return {};
}

void Model::KeepFloat(std::size_t node) {
  session_.KeepFloat(node);
  Redescribe();
}

void Model::Redescribe() {
  // Equal parameters are held once by now; the model still has them all.
  const std::size_t parameters = info_.parameters;
  info_ = DescribeGraph(session_.graph());
  info_.parameters = parameters;
}

void Model::Settle() {
  Redescribe();
  // A refusal leaves the larger plan, which serves as well.
  if (session_.max_samples() > 1) static_cast<void>(session_.Replan(1).ok());
}

void Model::TakeInputs(const float* inputs, std::size_t rows, std::size_t stride) {
  const bool are_adjacent = stride == 1;
  for (const RowLayout::Part& part : inputs_.parts()) {
    const bool is_row = part.bytes == inputs_.words() * sizeof(float);
    if (is_row && are_adjacent && session_.TakeInputAt(reinterpret_cast<const std::byte*>(inputs))) continue;
    session_.TakeInputAt(nullptr);
    std::byte* to = session_.InputData(part.tensor);
    const float* from = inputs + part.offset;
    for (std::size_t row = 0; row < rows; ++row, to += part.bytes, from += stride * inputs_.words()) {
      std::memcpy(to, from, part.bytes);
    }
  }
}

bool Model::LeaveOutputs(float* outputs) {
  const std::span<const RowLayout::Part> parts = outputs_.parts();
  return parts.size() == 1 && parts[0].bytes == outputs_.words() * sizeof(float) &&
         session_.LeaveOutputAt(reinterpret_cast<std::byte*>(outputs));
}

void Model::GiveOutputs(float* outputs, std::size_t rows) const {
  for (const RowLayout::Part& part : outputs_.parts()) {
    const std::byte* from = session_.OutputData(part.tensor);
    float* to = outputs + part.offset;
    for (std::size_t row = 0; row < rows; ++row, from += part.bytes, to += outputs_.words()) {
      std::memcpy(to, from, part.bytes);
    }
  }
}

void Model::RunPlanned(Precision precision, const float* inputs, std::size_t rows, float* outputs,
                       RunObserver* observer) {
  session_.SetSamples(static_cast<std::int64_t>(rows));
  TakeInputs(inputs, rows, 1);
  const bool are_left = LeaveOutputs(outputs);
  session_.Run(precision, observer);
  if (!are_left) GiveOutputs(outputs, rows);
}

const float* Model::RunSpread(Precision precision, const float* inputs, std::size_t rows, std::size_t stride) {
  ALICE_CHECK(outputs_.parts().size() == 1);
  session_.SetSamples(static_cast<std::int64_t>(rows));
  TakeInputs(inputs, rows, stride);
  LeaveOutputs(nullptr);
  session_.Run(precision, nullptr);
  return reinterpret_cast<const float*>(session_.OutputData(0));
}

}  // namespace alice
