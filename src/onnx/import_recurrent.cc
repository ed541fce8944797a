#include <algorithm>
#include <cmath>

#include "onnx/attribute_set.h"

namespace alice {
namespace {

/// An activation as recurrent operators name it.
struct NamedActivation {
  std::string_view name;
  ActivationKind kind;
};

constexpr NamedActivation kActivations[] = {
    {"LeakyRelu", ActivationKind::leaky_relu},
    {"Relu", ActivationKind::relu},
    {"Sigmoid", ActivationKind::sigmoid},
    {"Tanh", ActivationKind::tanh},
};

std::vector<std::string_view> DefaultActivations(std::string_view op) {
  if (op == "LSTM") return {"Sigmoid", "Tanh", "Tanh"};
  if (op == "GRU") return {"Sigmoid", "Tanh"};
  return {"Tanh"};
}

Result<RecurrentDirection> TakeDirection(ImportContext& context) {
  ALICE_ASSIGN_OR_RETURN(const std::string_view text, context.given.String("direction", "forward"));
  if (text == "forward") return RecurrentDirection::forward;
  if (text == "reverse") return RecurrentDirection::reverse;
  if (text == "bidirectional") return RecurrentDirection::bidirectional;
  return MakeError(ErrorCode::model_invalid_graph, "the attribute \"direction\" of ", Title(context.node), " is \"",
                   text.substr(0, 32), "\"");
}

Status TakeActivations(ImportContext& context, RecurrentAttributes& recurrent) {
  const std::vector<std::string_view> defaults = DefaultActivations(context.node.op_type);
  ALICE_ASSIGN_OR_RETURN(std::vector<std::string_view> names, context.given.StringList("activations", kMaxRank));
  ALICE_ASSIGN_OR_RETURN(const std::vector<float> alphas, context.given.FloatList("activation_alpha", kMaxRank));
  ALICE_RETURN_IF_ERROR(context.given.FloatList("activation_beta", kMaxRank));  // of activations that are refused
  const std::size_t wanted = defaults.size() * recurrent.directions();
  if (names.empty()) {
    while (names.size() < wanted) names.insert(names.end(), defaults.begin(), defaults.end());
  }
  if (names.size() != wanted) {
    return MakeError(ErrorCode::model_invalid_graph, Title(context.node), " names ", names.size(),
                     " activations instead of ", wanted);
  }
  std::size_t next_alpha = 0;
  for (std::size_t i = 0; i < wanted; ++i) {
    const auto known = std::ranges::find(kActivations, names[i], &NamedActivation::name);
    if (known == std::end(kActivations)) {
      return MakeError(ErrorCode::model_unsupported_attribute, "the activation \"", names[i].substr(0, 32), "\" of ",
                       Title(context.node), " is not supported");
    }
    Activation& activation = recurrent.activations[i / defaults.size()][i % defaults.size()];
    activation.kind = known->kind;
    // Alphas are those of the activations that have one, in their order.
    if (known->kind == ActivationKind::leaky_relu && next_alpha < alphas.size())
      activation.alpha = alphas[next_alpha++];
  }
  return {};
}

}  // namespace

Result<Attributes> ImportRecurrent(ImportContext& context) {
  RecurrentAttributes recurrent;
  ALICE_ASSIGN_OR_RETURN(recurrent.direction, TakeDirection(context));
  ALICE_RETURN_IF_ERROR(TakeActivations(context, recurrent));
  ALICE_ASSIGN_OR_RETURN(const float clip, context.given.Float("clip", INFINITY));
  if (std::isfinite(clip)) recurrent.clip = std::abs(clip);
  ALICE_ASSIGN_OR_RETURN(recurrent.hidden, context.given.Int("hidden_size", 0));
  ALICE_ASSIGN_OR_RETURN(const std::int64_t layout, context.given.Int("layout", 0));
  recurrent.batch_first = layout != 0;
  if (context.node.op_type == "LSTM") {
    ALICE_ASSIGN_OR_RETURN(const std::int64_t input_forget, context.given.Int("input_forget", 0));
    recurrent.input_forget = input_forget != 0;
  } else if (context.node.op_type == "GRU") {
    ALICE_ASSIGN_OR_RETURN(const std::int64_t linear, context.given.Int("linear_before_reset", 0));
    recurrent.linear_before_reset = linear != 0;
  }
  return Attributes(recurrent);
}

}  // namespace alice
