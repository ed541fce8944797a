#include "onnx/writer.h"

#include <algorithm>
#include <new>
#include <set>
#include <string>
#include <string_view>

#include "numeric/int4.h"
#include "onnx/export_ops.h"
#include "onnx/message_writer.h"
#include "onnx/onnx_fields.h"
#include "tensor/heap_limit.h"

namespace alice {
namespace {

/// What a model says it needs.
struct Versions {
  std::int64_t ir;
  std::int64_t opset;
};

Versions VersionsFor(const Graph& graph) {
  const bool has_codes = std::ranges::any_of(graph.values, [](const Value& value) { return IsCode(value.dtype); });
  const bool has_later =
      std::ranges::any_of(graph.nodes, [](const Node& node) { return InfoOf(node.kind).first_opset > kWrittenOpset; });
  const bool has_blocks = std::ranges::any_of(graph.nodes, [](const Node& node) {
    const auto* const dequantize = std::get_if<DequantizeLinearAttributes>(&node.attributes);
    return dequantize != nullptr && dequantize->block_size != 0;
  });
  const bool has_groups = std::ranges::find(graph.nodes, OpKind::GroupNormalization, &Node::kind) != graph.nodes.end();
  return has_codes || has_blocks || has_later || has_groups ? Versions{10, kWrittenOpsetOfCodes}
                                                            : Versions{8, kWrittenOpset};
}

Status CheckWritable(const Graph& graph) {
  for (const Value& value : graph.values) {
    if (value.constant && value.constant->released()) {
      return MakeError(ErrorCode::internal, "the elements of \"", value.name, "\" are no longer in memory");
    }
  }
  for (const Node& node : graph.nodes) {
    if (!InfoOf(node.kind).domain.empty()) {
      return MakeError(ErrorCode::internal, "the graph was not optimized before it was written").At(node.name);
    }
    if (node.quantized || node.activation.kind != ActivationKind::none) {
      return MakeError(ErrorCode::internal, "the graph was not lowered to ONNX before it was written").At(node.name);
    }
  }
  return {};
}

/// A name for every value: its own where no earlier one has it. Inputs and outputs come first, for they are the model's
/// interface.
class ValueNames {
 public:
  explicit ValueNames(const Graph& graph) : names_(graph.values.size()) {
    for (const ValueId id : graph.inputs) Name(id, graph.value(id).name);
    for (const ValueId id : graph.outputs) Name(id, graph.value(id).name);
    for (std::size_t id = 0; id < names_.size(); ++id) Name(static_cast<ValueId>(id), graph.values[id].name);
  }

  /// The name of a value; "" for an input that is not given.
  [[nodiscard]] std::string_view Of(ValueId id) const {
    return id == kNoValue ? std::string_view() : names_[static_cast<std::size_t>(id)];
  }

  /// `wanted`, or `wanted` with a number behind it, taken from now on.
  std::string Unique(std::string wanted) {
    if (!wanted.empty() && taken_.insert(wanted).second) return wanted;
    std::string name;
    do {
      name = wanted + "_" + std::to_string(++last_number_);
    } while (!taken_.insert(name).second);
    return name;
  }

 private:
  void Name(ValueId id, const std::string& wanted) {
    std::string& name = names_[static_cast<std::size_t>(id)];
    if (name.empty()) name = Unique(wanted);
  }

  std::vector<std::string> names_;
  std::set<std::string, std::less<>> taken_;
  std::size_t last_number_ = 0;
};

class GraphWriter {
 public:
  GraphWriter(const Graph& graph, std::int64_t opset, MessageWriter<GraphField> writer)
      : graph_(graph), opset_(opset), names_(graph), writer_(std::move(writer)) {}

  Status Write() {
    writer_.Bytes(GraphField::name, graph_.name.empty() ? "graph" : graph_.name);
    for (const Node& node : graph_.nodes) ALICE_RETURN_IF_ERROR(WriteNode(node));
    for (std::size_t id = 0; id < graph_.values.size(); ++id) {
      const std::optional<Tensor>& constant = graph_.values[id].constant;
      if (constant) WriteTensor(names_.Of(static_cast<ValueId>(id)), constant->view());
    }
    for (const ValueId id : graph_.inputs) WriteValueInfo(GraphField::input, id);
    for (const ValueId id : graph_.outputs) WriteValueInfo(GraphField::output, id);
    return {};
  }

 private:
  Status WriteNode(const Node& node) {
    ALICE_ASSIGN_OR_RETURN(const NodeSpelling spelling, SpellNode(node, graph_, opset_));
    std::vector<std::string> added_inputs;
    added_inputs.reserve(spelling.inputs.size());
    for (const SpelledInput& input : spelling.inputs) added_inputs.push_back(WriteAddedInput(node, input));
    const OpInfo& op = InfoOf(node.kind);
    MessageWriter<NodeField> writer(writer_, GraphField::node);
    auto added = added_inputs.begin();
    for (const ValueId input : node.inputs) {
      const bool takes_place = input == kNoValue && added != added_inputs.end();
      writer.Bytes(NodeField::input, takes_place ? *added++ : names_.Of(input));
    }
    for (; added != added_inputs.end(); ++added) writer.Bytes(NodeField::input, *added);
    for (const ValueId output : node.outputs) writer.Bytes(NodeField::output, names_.Of(output));
    writer.Bytes(NodeField::name, node.name);
    writer.Bytes(NodeField::op_type, op.name);
    for (const SpelledAttribute& attribute : spelling.attributes) WriteAttribute(attribute, writer);
    return {};
  }

  static void WriteAttribute(const SpelledAttribute& attribute, MessageWriter<NodeField>& node) {
    MessageWriter<AttributeField> writer(node, NodeField::attribute);
    writer.Bytes(AttributeField::name, attribute.name);
    if (const auto* const real = std::get_if<float>(&attribute.value)) {
      writer.Float(AttributeField::f, *real);
      writer.Int(AttributeField::type, static_cast<std::int64_t>(AttributeType::real));
    } else if (const auto* const text = std::get_if<std::string_view>(&attribute.value)) {
      writer.Bytes(AttributeField::s, *text);
      writer.Int(AttributeField::type, static_cast<std::int64_t>(AttributeType::string));
    } else if (const auto* const list = std::get_if<Shape>(&attribute.value)) {
      for (const std::int64_t element : list->dims()) writer.Int(AttributeField::ints, element);
      writer.Int(AttributeField::type, static_cast<std::int64_t>(AttributeType::integers));
    } else if (const auto* const reals = std::get_if<std::vector<float>>(&attribute.value)) {
      for (const float element : *reals) writer.Float(AttributeField::floats, element);
      writer.Int(AttributeField::type, static_cast<std::int64_t>(AttributeType::reals));
    } else if (const auto* const texts = std::get_if<std::vector<std::string_view>>(&attribute.value)) {
      for (const std::string_view element : *texts) writer.Bytes(AttributeField::strings, element);
      writer.Int(AttributeField::type, static_cast<std::int64_t>(AttributeType::strings));
    } else {
      writer.Int(AttributeField::i, std::get<std::int64_t>(attribute.value));
      writer.Int(AttributeField::type, static_cast<std::int64_t>(AttributeType::integer));
    }
  }

  /// Writes the initializer of an input that exists only in ONNX, and returns its name, "" where it is not given.
  std::string WriteAddedInput(const Node& node, const SpelledInput& input) {
    if (std::holds_alternative<std::monostate>(input.value)) return "";
    std::string name = names_.Unique(node.name + "." + std::string(input.name));
    if (const auto* const real = std::get_if<float>(&input.value)) {
      WriteTensor(name, DType::f32, {}, {reinterpret_cast<const char*>(real), sizeof *real});
    } else if (const auto* const reals = std::get_if<std::vector<float>>(&input.value)) {
      WriteVector<float>(name, *reals);
    } else if (const auto* const shape = std::get_if<Shape>(&input.value)) {
      WriteVector<std::int64_t>(name, shape->dims());
    } else {
      WriteVector<std::int64_t>(name, std::get<std::vector<std::int64_t>>(input.value));
    }
    return name;
  }

  template <typename T>
  void WriteVector(std::string_view name, std::span<const T> elements) {
    WriteTensor(name, DTypeOf<T>, {static_cast<std::int64_t>(elements.size())},
                {reinterpret_cast<const char*>(elements.data()), elements.size_bytes()});
  }

  void WriteTensor(std::string_view name, const TensorView& tensor) {
    if (CodeBits(tensor.dtype) == 4) {
      const auto count = static_cast<std::size_t>(tensor.shape.elements());
      std::string packed(Int4Bytes(count), '\0');
      PackInt4(reinterpret_cast<const std::int8_t*>(tensor.data), count,
               reinterpret_cast<std::uint8_t*>(packed.data()));
      return WriteTensor(name, tensor.dtype, tensor.shape, packed);
    }
    const std::size_t bytes = static_cast<std::size_t>(tensor.shape.elements()) * SizeOf(tensor.dtype);
    WriteTensor(name, tensor.dtype, tensor.shape, {reinterpret_cast<const char*>(tensor.data), bytes});
  }

  void WriteTensor(std::string_view name, DType dtype, const Shape& shape, std::string_view raw_data) {
    MessageWriter<TensorField> writer(writer_, GraphField::initializer);
    for (const std::int64_t dim : shape.dims()) writer.Int(TensorField::dims, dim);
    writer.Int(TensorField::data_type, OnnxDataType(dtype));
    writer.Bytes(TensorField::name, name);
    writer.Bytes(TensorField::raw_data, raw_data);
  }

  void WriteValueInfo(GraphField field, ValueId id) {
    const Value& value = graph_.value(id);
    MessageWriter<ValueInfoField> info(writer_, field);
    info.Bytes(ValueInfoField::name, names_.Of(id));
    MessageWriter<TypeField> type(info, ValueInfoField::type);
    MessageWriter<TensorTypeField> tensor(type, TypeField::tensor_type);
    tensor.Int(TensorTypeField::elem_type, OnnxDataType(value.dtype));
    if (value.shape.dims.empty()) {
      tensor.Bytes(TensorTypeField::shape, "");  // rank 0, which is not the same as no shape
      return;
    }
    MessageWriter<TensorShapeField> shape(tensor, TensorTypeField::shape);
    for (const Dim& dim : value.shape.dims) {
      MessageWriter<DimensionField> writer(shape, TensorShapeField::dim);
      if (dim.known()) {
        writer.Int(DimensionField::value, dim.size);
      } else {
        writer.Bytes(DimensionField::param, graph_.symbols[static_cast<std::size_t>(dim.symbol)]);
      }
    }
  }

  const Graph& graph_;
  std::int64_t opset_;
  ValueNames names_;
  MessageWriter<GraphField> writer_;
};

/// Enough for the constants and what names them, so that the buffer seldom grows.
std::size_t ExpectedBytes(const Graph& graph) {
  constexpr std::size_t kBytesPerThing = 128;
  std::size_t bytes = (1 + graph.values.size() + graph.nodes.size() + graph.metadata.size()) * kBytesPerThing;
  for (const Value& value : graph.values) bytes += value.constant ? value.constant->bytes() : 0;
  return bytes;
}

Result<std::vector<std::byte>> WriteModel(const Graph& graph) {
  std::vector<std::byte> bytes;
  bytes.reserve(ExpectedBytes(graph));
  MessageWriter<ModelField> model(bytes);
  const Versions versions = VersionsFor(graph);
  model.Int(ModelField::ir_version, versions.ir);
  model.Bytes(ModelField::producer_name, "alice-quant");
  ALICE_RETURN_IF_ERROR(
      GraphWriter(graph, versions.opset, MessageWriter<GraphField>(model, ModelField::graph)).Write());
  {
    MessageWriter<OperatorSetField> opset(model, ModelField::opset_import);
    opset.Bytes(OperatorSetField::domain, "");
    opset.Int(OperatorSetField::version, versions.opset);
  }
  for (const auto& [key, text] : graph.metadata) {
    MessageWriter<StringEntryField> entry(model, ModelField::metadata_props);
    entry.Bytes(StringEntryField::key, key);
    entry.Bytes(StringEntryField::value, text);
  }
  return bytes;
}

}  // namespace

Result<std::vector<std::byte>> WriteOnnx(const Graph& graph) {
  try {
    ALICE_RETURN_IF_ERROR(CheckWritable(graph));
    return WriteModel(graph);
  } catch (const std::bad_alloc&) {
    return MemoryRefused("the bytes of the written model");
  }
}

}  // namespace alice
