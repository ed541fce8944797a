#include "conformance/run_vector.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "engine/read_model_graph.h"
#include "exec/session.h"
#include "passes/pipeline.h"

namespace alice {
namespace {

template <typename... Parts>
OwnedError Differs(const Parts&... parts) {
  return MakeError(ErrorCode::internal, parts...);
}

Result<Session> Load(std::string_view model, std::span<const InputShape> shapes, MemoryBudget& budget, Isa isa) {
  ALICE_ASSIGN_OR_RETURN(Graph graph, ReadModelGraph(std::as_bytes(std::span(model)), Options(), shapes, budget));
  ALICE_RETURN_IF_ERROR(Optimize(graph, budget));
  return Session::Create(std::move(graph), budget, isa);
}

/// Copies each input of the session from the tensor of its name.
Status Feed(Session& session, const std::vector<VectorTensor>& inputs) {
  for (std::size_t index = 0; index < session.graph().inputs.size(); ++index) {
    const std::string& name = session.graph().value(session.graph().inputs[index]).name;
    const auto given = std::ranges::find(inputs, name, &VectorTensor::name);
    if (given == inputs.end()) return Differs("the data has no input \"", name, "\"");
    const TensorView view = session.Input(index);
    if (view.dtype != given->tensor.dtype() || view.shape != given->tensor.shape()) {
      return Differs("the data's input \"", name, "\" is ", DTypeName(given->tensor.dtype()),
                     given->tensor.shape().ToString());
    }
    if (given->tensor.bytes() > 0) std::memcpy(view.data, given->tensor.view().data, given->tensor.bytes());
  }
  return {};
}

std::vector<float> Floats(const Session& session, std::size_t output) {
  const std::span<const float> floats = session.Output(output).elements<const float>();
  return {floats.begin(), floats.end()};
}

/// Replaces the session's inputs by their magnitudes and runs it again: an output is then Σ|a·b|.
std::vector<float> Magnitudes(Session& session, std::size_t output) {
  for (std::size_t index = 0; index < session.graph().inputs.size(); ++index) {
    for (float& x : session.Input(index).elements<float>()) x = std::abs(x);
  }
  session.Run(Precision::fp32);
  return Floats(session, output);
}

/// The most terms that an element of an output may be the sum of.
double TermsOf(const Shape& first_input, Closeness closeness) {
  return static_cast<double>(closeness == Closeness::sum ? *std::ranges::max_element(first_input.dims())
                                                         : first_input.elements());
}

/// What each element of that output may differ by.
std::vector<double> Tolerances(Session& session, std::size_t output, Closeness closeness,
                               std::span<const float> expected) {
  std::vector<double> tolerances(expected.size(), 0.0);
  if (closeness == Closeness::irrational) {
    std::ranges::transform(expected, tolerances.begin(),
                           [](float x) { return 1e-6 + 1e-5 * std::abs(static_cast<double>(x)); });
  } else if (closeness != Closeness::exact) {
    const double terms = TermsOf(session.Input(0).shape, closeness);
    const std::vector<float> magnitudes = Magnitudes(session, output);
    std::ranges::transform(magnitudes, tolerances.begin(), [terms](float magnitude) {
      return 2.0 * (terms + 3.0) * 0x1p-24 * static_cast<double>(magnitude);
    });
  }
  return tolerances;
}

/// `actual`: what that output was before the inputs were replaced by their magnitudes.
Status CompareFloats(Session& session, std::size_t output, const std::vector<float>& actual, Closeness closeness,
                     std::span<const float> expected) {
  const std::vector<double> tolerances = Tolerances(session, output, closeness, expected);
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const double difference = std::abs(static_cast<double>(actual[i]) - static_cast<double>(expected[i]));
    if (difference <= tolerances[i]) continue;
    return Differs("element ", i, " of output ", output, " is ", actual[i], " instead of ", expected[i], ", which is ",
                   difference, " away; allowed is ", tolerances[i]);
  }
  return {};
}

Status Compare(Session& session, const std::vector<VectorTensor>& expected, Closeness closeness) {
  if (session.graph().outputs.size() != expected.size()) {
    return Differs("there are ", session.graph().outputs.size(), " outputs instead of ", expected.size());
  }
  std::vector<std::vector<float>> floats(expected.size());
  for (std::size_t index = 0; index < expected.size(); ++index) {
    const Tensor& tensor = expected[index].tensor;
    const TensorView actual = session.Output(index);
    if (actual.dtype != tensor.dtype() || actual.shape != tensor.shape()) {
      return Differs("output ", index, " is ", DTypeName(actual.dtype), actual.shape.ToString(), " instead of ",
                     DTypeName(tensor.dtype()), tensor.shape().ToString());
    }
    if (tensor.dtype() == DType::f32) {
      floats[index] = Floats(session, index);
      continue;
    }
    if (tensor.bytes() > 0 && std::memcmp(actual.data, tensor.view().data, tensor.bytes()) != 0) {
      return Differs("output ", index, " has other bits");
    }
  }
  // Last, because it may run the session again.
  for (std::size_t index = 0; index < expected.size(); ++index) {
    if (expected[index].tensor.dtype() != DType::f32) continue;
    const auto wanted = expected[index].tensor.elements<const float>();
    ALICE_RETURN_IF_ERROR(CompareFloats(session, index, floats[index], closeness, wanted));
  }
  return {};
}

Status RunDataSet(const NodeVector& vector, const std::string& data_set, const BoundInputs& bound, Closeness closeness,
                  Isa isa) {
  constexpr std::size_t kBudgetBytes = 16U << 20;
  MemoryBudget budget(kBudgetBytes);
  // The model first: what it needs says more than the data.
  if (bound.empty()) ALICE_RETURN_IF_ERROR(Load(vector.model, {}, budget, isa));
  ALICE_ASSIGN_OR_RETURN(const std::vector<VectorTensor> inputs, ReadTensors(data_set, "input", budget));
  ALICE_ASSIGN_OR_RETURN(const std::vector<VectorTensor> expected, ReadTensors(data_set, "output", budget));
  if (expected.empty()) return Differs("there is no expected output in ", data_set);
  std::vector<std::string_view> constants;
  std::vector<InputShape> shapes;
  for (std::size_t index = 0; index < inputs.size(); ++index) {
    const auto& [bytes, name, tensor] = inputs[index];
    if (std::ranges::find(bound, index) != bound.end()) {
      constants.push_back(bytes);
    } else if (tensor.shape().elements() == 0) {
      shapes.push_back({name, tensor.shape()});  // 0 in a model stands for a size that it leaves open
    }
  }
  ALICE_ASSIGN_OR_RETURN(Session session, Load(WithInitializers(vector.model, constants), shapes, budget, isa));
  ALICE_RETURN_IF_ERROR(Feed(session, inputs));
  session.Run(Precision::fp32);
  return Compare(session, expected, closeness);
}

}  // namespace

Status RunNodeVector(const NodeVector& vector, const BoundInputs& bound, Closeness closeness, Isa isa) {
  const std::vector<std::string> data_sets = ListDataSets(vector);
  if (data_sets.empty()) return Differs("there is no data");
  for (const std::string& data_set : data_sets) {
    ALICE_RETURN_IF_ERROR(RunDataSet(vector, data_set, bound, closeness, isa));
  }
  return {};
}

}  // namespace alice
