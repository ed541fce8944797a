#include "engine/model.h"

#include <algorithm>
#include <cstring>

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

/// Elements of one sample: a symbolic axis counts once.
std::size_t WidthOf(const Graph& graph, ValueId id) {
  std::int64_t width = 1;
  for (const Dim& dim : graph.value(id).shape.dims) width *= dim.known() ? dim.size : 1;
  return static_cast<std::size_t>(width);
}

std::vector<std::string> ClassNames(const Graph& graph, std::size_t input_width, std::size_t output_width) {
  std::vector<std::string> names = SplitList(graph.MetadataOf("classes"));
  if (names.size() == output_width) return names;
  if (input_width != kFeatureCount || output_width != kBehaviorClassCount) return {};
  return {kBehaviorClassNames.begin(), kBehaviorClassNames.end()};
}

Status CheckForm(const Graph& graph) {
  if (graph.inputs.size() != 1 || graph.outputs.size() != 1) {
    return MakeError(ErrorCode::shape_mismatch, "the model has ", graph.inputs.size(), " inputs and ",
                     graph.outputs.size(), " outputs: models with one of each are supported");
  }
  for (const ValueId id : {graph.inputs[0], graph.outputs[0]}) {
    const Value& value = graph.value(id);
    if (value.dtype != DType::f32) {
      return MakeError(ErrorCode::model_unsupported_type, "\"", value.name, "\" is ", DTypeName(value.dtype),
                       ": inputs and outputs must be f32");
    }
    if (WidthOf(graph, id) == 0) {
      return MakeError(ErrorCode::shape_mismatch, "\"", value.name, "\" has no elements: its shape is ",
                       value.shape.ToString(graph.symbols));
    }
  }
  return {};
}

/// What the rows through which a model in service is used take of the budget: one of inputs, two of outputs, and those of
/// the answers that are kept.
std::uint64_t RowMemory(const Graph& graph, std::size_t kept_answers) {
  MemoryByKind rows;
  if (kept_answers > 0) {
    for (const ValueId id : {graph.inputs[0], graph.outputs[0]}) {
      rows.AddBuffer(MemoryKind::io, std::uint64_t{kept_answers} * WidthOf(graph, id) * sizeof(float));
    }
  }
  for (const ValueId id : {graph.inputs[0], graph.outputs[0], graph.outputs[0]}) {
    rows.AddBuffer(MemoryKind::io, WidthOf(graph, id) * sizeof(float));
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
  std::vector<bool> counted(graph.values.size(), false);
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
    info.classes = ClassNames(graph, WidthOf(graph, graph.inputs[0]), WidthOf(graph, graph.outputs[0]));
  }
  return info;
}

Result<std::size_t> SampleWidth(const Graph& graph) {
  ALICE_RETURN_IF_ERROR(CheckForm(graph));
  return WidthOf(graph, graph.inputs[0]);
}

Result<Model> Model::Create(Graph graph, MemoryBudget& budget, Isa isa, FloatWeights float_weights,
                            std::size_t kept_answers) {
  ALICE_RETURN_IF_ERROR(CheckForm(graph));
  ModelInfo info = DescribeGraph(graph);
  const auto answer_bytes =
      static_cast<double>((WidthOf(graph, graph.inputs[0]) + WidthOf(graph, graph.outputs[0])) * sizeof(float));
  const auto most = static_cast<std::size_t>(kKeptShare * static_cast<double>(budget.limit_bytes()) / answer_bytes);
  kept_answers = info.quantized_layers == 0 ? 0 : std::min(kept_answers, most);
  const SessionOptions options{float_weights, RowMemory(graph, kept_answers)};
  ALICE_ASSIGN_OR_RETURN(Session session, Session::Create(std::move(graph), budget, isa, options));
  Model model(std::move(session));
  model.info_ = std::move(info);
  model.kept_answers_ = kept_answers;
  model.input_width_ = WidthOf(model.session_.graph(), model.session_.graph().inputs[0]);
  model.output_width_ = WidthOf(model.session_.graph(), model.session_.graph().outputs[0]);
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
    RunPlanned(precision, inputs + row * input_width_, std::min(step, rows - row), outputs + row * output_width_,
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

void Model::RunPlanned(Precision precision, const float* inputs, std::size_t rows, float* outputs,
                       RunObserver* observer) {
  session_.SetSamples(static_cast<std::int64_t>(rows));
  std::memcpy(session_.InputData(0), inputs, rows * input_width_ * sizeof(float));
  session_.Run(precision, observer);
  std::memcpy(outputs, session_.OutputData(0), rows * output_width_ * sizeof(float));
}

const float* Model::RunSpread(Precision precision, const float* inputs, std::size_t rows, std::size_t stride) {
  session_.SetSamples(static_cast<std::int64_t>(rows));
  auto* const room = reinterpret_cast<float*>(session_.InputData(0));
  for (std::size_t row = 0; row < rows; ++row) {
    std::copy_n(inputs + row * stride * input_width_, input_width_, room + row * input_width_);
  }
  session_.Run(precision, nullptr);
  return reinterpret_cast<const float*>(session_.OutputData(0));
}

}  // namespace alice
