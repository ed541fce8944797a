#include "ir/verify.h"

#include <algorithm>
#include <limits>
#include <string>

#include "base/flags.h"
#include "ir/activation_op.h"
#include "ir/can_quantize.h"
#include "ir/shape_product.h"

namespace alice {
namespace {

template <typename... Parts>
OwnedError Invalid(const Parts&... parts) {
  return MakeError(ErrorCode::model_invalid_graph, parts...);
}

std::string Title(const Node& node) { return std::string(InfoOf(node.kind).name) + " \"" + node.name + "\""; }

template <typename Expected>
bool Has(const Node& node) {
  return std::holds_alternative<Expected>(node.attributes);
}

template <>
bool Has<Activation>(const Node& node) {
  const auto* activation = std::get_if<Activation>(&node.attributes);
  return activation != nullptr && activation->kind != ActivationKind::none &&
         ActivationOpOf(activation->kind) == node.kind;
}

bool AttributesFit(const Node& node) {
  // Its bounds may be inputs.
  if (node.kind == OpKind::Clip && Has<NoAttributes>(node)) return true;
  switch (node.kind) {
#define ALICE_OP(kind, domain, min_inputs, max_inputs, first_opset, attributes, text) \
  case OpKind::kind:                                                                  \
    return Has<attributes>(node);
#include "ir/op_kind.inc"
#undef ALICE_OP
  }
  return false;
}

/// How many outputs a node has: all up to the last that is used.
struct OutputCount {
  std::size_t least, most;
};

OutputCount OutputCountOf(OpKind kind) {
  switch (kind) {
    case OpKind::DynamicQuantizeLinear:
      return {3, 3};
    case OpKind::LayerNormalization:
    case OpKind::LSTM:
      return {1, 3};
    case OpKind::Dropout:  // the mask may be missing
    case OpKind::GRU:
    case OpKind::MaxPool:
    case OpKind::RNN:
    case OpKind::TopK:
      return {1, 2};
    case OpKind::Split:
      return {1, std::numeric_limits<std::size_t>::max()};
    default:
      return {1, 1};
  }
}

/// Of ONNX's inputs some are attributes here.
int MinInputs(const Node& node) {
  const auto* const recurrent = std::get_if<RecurrentAttributes>(&node.attributes);
  if (recurrent != nullptr && recurrent->takes_products) return 2;
  switch (node.kind) {
    case OpKind::ConstantOfShape:
      return 0;
    case OpKind::Expand:
    case OpKind::Reshape:
    case OpKind::Tile:
      return 1;
    default:
      return InfoOf(node.kind).min_inputs;
  }
}

class Verifier {
 public:
  explicit Verifier(const Graph& graph) : graph_(graph), defined_(graph.values.size(), false) {}

  Status Run() {
    for (const Value& value : graph_.values) ALICE_RETURN_IF_ERROR(CheckValue(value));
    for (const ValueId input : graph_.inputs) {
      if (!InRange(input)) return Invalid("a graph input has the id ", input, ", which no value has");
      if (graph_.IsConstant(input)) {
        return Invalid("\"", graph_.value(input).name, "\" is a graph input and a constant");
      }
      ALICE_RETURN_IF_ERROR(Define(input));
    }
    for (std::size_t id = 0; id < graph_.values.size(); ++id) {
      if (graph_.values[id].constant) defined_[id] = true;
    }
    for (const Node& node : graph_.nodes) {
      if (Status status = CheckNode(node); !status.ok()) return std::move(status).error().At(node.name);
    }
    for (const ValueId output : graph_.outputs) {
      if (!InRange(output)) return Invalid("a graph output has the id ", output, ", which no value has");
      if (!IsDefined(output)) {
        return Invalid("nothing produces the graph output \"", graph_.value(output).name, "\"");
      }
    }
    return {};
  }

 private:
  [[nodiscard]] bool InRange(ValueId id) const {
    return id >= 0 && static_cast<std::size_t>(id) < graph_.values.size();
  }
  [[nodiscard]] bool IsDefined(ValueId id) const { return defined_[static_cast<std::size_t>(id)]; }

  Status Define(ValueId id) {
    if (IsDefined(id)) return Invalid("\"", graph_.value(id).name, "\" is defined twice");
    defined_[static_cast<std::size_t>(id)] = true;
    return {};
  }

  [[nodiscard]] Status CheckValue(const Value& value) const {
    if (value.shape.rank() > kMaxRank) {
      return Invalid("\"", value.name, "\" has rank ", value.shape.rank(), "; the most is ", kMaxRank);
    }
    for (const Dim& dim : value.shape.dims) {
      if (dim.known() ? dim.size < 0 : static_cast<std::size_t>(dim.symbol) >= graph_.symbols.size()) {
        return Invalid("\"", value.name, "\" has an axis that is negative or an unknown symbol");
      }
    }
    if (!value.constant) return {};
    const Tensor& tensor = *value.constant;
    if (tensor.dtype() != value.dtype || SymbolicShape::Of(tensor.shape()) != value.shape) {
      return Invalid("the constant \"", value.name, "\" is ", DTypeName(tensor.dtype()), tensor.shape().ToString(),
                     " but its value says ", DTypeName(value.dtype), value.shape.ToString(graph_.symbols));
    }
    const std::optional<std::int64_t> elements = CheckedProduct(tensor.shape().dims());
    if (!elements || *elements > std::numeric_limits<std::int64_t>::max() / 8) {
      return Invalid("the constant \"", value.name, "\" has more elements than can be counted");
    }
    if (!tensor.released() && tensor.bytes() != static_cast<std::size_t>(*elements) * SizeOf(tensor.dtype())) {
      return Invalid("the constant \"", value.name, "\" has ", tensor.bytes(), " bytes, not those of ",
                     DTypeName(value.dtype), tensor.shape().ToString());
    }
    return {};
  }

  Status CheckNode(const Node& node) {
    ALICE_RETURN_IF_ERROR(VerifyForm(node));
    ALICE_RETURN_IF_ERROR(CheckInputs(node));
    if (node.quantized) ALICE_RETURN_IF_ERROR(CheckQuantized(node));
    for (const ValueId output : node.outputs) {
      if (!InRange(output)) return Invalid(Title(node), " has an output that is not there: id ", output);
      ALICE_RETURN_IF_ERROR(Define(output));
    }
    return {};
  }

  [[nodiscard]] Status CheckInputs(const Node& node) const {
    for (const ValueId input : node.inputs) {
      if (input == kNoValue) continue;
      if (!InRange(input)) return Invalid(Title(node), " has an input that is not there: id ", input);
      if (!IsDefined(input)) {
        return Invalid(Title(node), " uses \"", graph_.value(input).name, "\" before it is defined");
      }
    }
    return {};
  }

  [[nodiscard]] Status CheckPart(const Node& node, std::string_view what, ValueId id, DType dtype,
                                 std::size_t elements) const {
    const Value& value = graph_.value(id);
    if (value.dtype == dtype && static_cast<std::size_t>(value.constant->shape().elements()) == elements) return {};
    return Invalid(Title(node), " has quantized ", what, " ", DTypeName(value.dtype),
                   value.shape.ToString(graph_.symbols), " instead of ", elements, " ", DTypeName(dtype));
  }

  [[nodiscard]] Status CheckQuantized(const Node& node) const {
    const QuantizedForm& form = *node.quantized;
    if (const Status scheme = CheckScheme(form.scheme); !scheme.ok()) {
      return Invalid(Title(node), " has a quantized form whose ", scheme.error().message);
    }
    const bool has_weights = node.inputs.size() > 1 && node.inputs[1] != kNoValue;
    if (!has_weights || !CanQuantize(node, graph_.value(node.inputs[1]).shape, form.scheme)) {
      return Invalid(Title(node), " cannot have quantized weights");
    }
    bool constant = true;
    QuantizedForm::ForEachValue(form, [&](ValueId id) { constant = constant && InRange(id) && graph_.IsConstant(id); });
    if (!constant) return Invalid(Title(node), " has quantized weights, scales or zero points that are not constants");

    const Value& b = graph_.value(node.inputs[1]);
    if (b.shape.rank() != 2 || !b.shape.dims[0].known() || !b.shape.dims[1].known()) {
      return Invalid(Title(node), " has quantized weights, but its B is ", b.shape.ToString(graph_.symbols));
    }
    const auto k = static_cast<std::size_t>(b.shape.dims[0].size);
    const auto n = static_cast<std::size_t>(b.shape.dims[1].size);
    const WeightScheme& weights = form.scheme.weights;
    const DType code = weights.type == WeightType::int8 ? DType::s8 : DType::u8;
    ALICE_RETURN_IF_ERROR(CheckPart(node, "weights", form.weights, code, WeightCodeBytes(k, n, weights)));
    ALICE_RETURN_IF_ERROR(CheckPart(node, "scales", form.scales, DType::f32, ScaleGridOf(k, n, weights).count()));
    if ((form.zero_points == kNoValue) != weights.symmetric) {
      return Invalid(Title(node), weights.symmetric ? " has zero points" : " lacks the zero points",
                     " of its quantized weights");
    }
    if (!weights.symmetric) {
      ALICE_RETURN_IF_ERROR(
          CheckPart(node, "zero points", form.zero_points, DType::s8, WeightZeroPointCount(k, n, weights)));
    }
    if (node.kind == OpKind::Gemm) {
      const auto& gemm = std::get<GemmAttributes>(node.attributes);
      if (gemm.alpha != 1.0f || gemm.beta != 1.0f || gemm.trans_a || gemm.trans_b) {
        return Invalid(Title(node), " has quantized weights, but is not in the form A · B + C");
      }
    }
    return {};
  }

  const Graph& graph_;
  Flags defined_;
};

}  // namespace

Status Verify(const Graph& graph) { return Verifier(graph).Run(); }

Status VerifyForm(const Node& node) {
  if (node.name.empty()) return Invalid("a node of the operator ", InfoOf(node.kind).name, " has no name");
  if (!AttributesFit(node)) return Invalid(Title(node), " has the attributes of another operator");
  const auto count = node.inputs.size();
  const auto least = static_cast<std::size_t>(MinInputs(node));
  const auto most = static_cast<std::size_t>(InfoOf(node.kind).max_inputs);
  if (count < least || count > most) {
    return Invalid(Title(node), " has ", count, " inputs; it takes ", least, " to ", most);
  }
  for (std::size_t index = 0; index < count; ++index) {
    const bool is_required = index < least || InfoOf(node.kind).max_inputs == kAnyNumber;
    if (is_required && node.inputs[index] == kNoValue) {
      return Invalid(Title(node), " lacks its required input ", index);
    }
  }
  const auto [fewest, most_outputs] = OutputCountOf(node.kind);
  if (node.outputs.size() >= fewest && node.outputs.size() <= most_outputs) return {};
  return Invalid(Title(node), " has ", node.outputs.size(), " outputs instead of ", most_outputs);
}

}  // namespace alice
