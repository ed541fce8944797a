#include "onnx/read_graph.h"

#include <algorithm>
#include <ranges>
#include <set>
#include <string>
#include <utility>

#include "onnx/limits.h"
#include "onnx/message.h"
#include "onnx/name_table.h"
#include "onnx/onnx_fields.h"
#include "onnx/read_node.h"
#include "onnx/read_nodes.h"
#include "onnx/read_tensor.h"
#include "onnx/read_value_info.h"
#include "onnx/subgraph.h"

namespace alice {
namespace {

/// The size of an axis that has neither size nor name, until it gets one.
constexpr std::int64_t kUnknown = -1;

class GraphReader {
 public:
  GraphReader(std::string_view bytes, const OpsetVersions& opsets, const ReadOptions& options, MemoryBudget& budget,
              Graph& graph)
      : bytes_(bytes),
        options_(options),
        outputs_(options.outputs),
        budget_(budget),
        graph_(graph),
        names_(graph),
        nodes_(opsets, options, budget, output_names_, graph, names_) {}

  /// A message's fields may come in any order, a graph's nodes refer to initializers and inputs: hence the passes.
  Status Read() {
    ALICE_RETURN_IF_ERROR(ForEach(GraphField::sparse_initializer, [](std::string_view) {
      return Status(MakeError(ErrorCode::model_unsupported_type, "the graph has a sparse initializer"));
    }));
    if (!outputs_.empty()) ALICE_RETURN_IF_ERROR(FindNeeded());
    ALICE_RETURN_IF_ERROR(ForEach(GraphField::name, [this](std::string_view bytes) { return ReadName(bytes); }));
    ALICE_RETURN_IF_ERROR(
        ForEach(GraphField::initializer, [this](std::string_view bytes) { return ReadInitializer(bytes); }));
    ALICE_RETURN_IF_ERROR(ForEach(GraphField::input, [this](std::string_view bytes) { return ReadInput(bytes); }));
    ALICE_RETURN_IF_ERROR(CheckShapesUsed());
    ALICE_RETURN_IF_ERROR(NameUnknownAxes());
    ALICE_RETURN_IF_ERROR(FindOutputNames());
    ALICE_RETURN_IF_ERROR(ForEach(GraphField::node, [this](std::string_view bytes) { return ReadOneNode(bytes); }));
    ALICE_RETURN_IF_ERROR(UseOutputs());
    if (outputs_.empty()) names_.UseRemaining();
    return {};
  }

  Status ReadSignature() {
    if (!outputs_.empty()) ALICE_RETURN_IF_ERROR(FindNeeded());
    ALICE_RETURN_IF_ERROR(ForEach(GraphField::name, [this](std::string_view bytes) { return ReadName(bytes); }));
    ALICE_RETURN_IF_ERROR(ForEach(GraphField::initializer, [this](std::string_view bytes) -> Status {
      ALICE_ASSIGN_OR_RETURN(const std::string_view name, ReadTensorName(bytes));
      return names_.DefineConstant(name, Tensor());
    }));
    ALICE_RETURN_IF_ERROR(ForEach(GraphField::input, [this](std::string_view bytes) { return ReadInput(bytes); }));
    ALICE_RETURN_IF_ERROR(CheckShapesUsed());
    ALICE_RETURN_IF_ERROR(ForEach(GraphField::node, [this](std::string_view bytes) -> Status {
      ALICE_ASSIGN_OR_RETURN(NodeFields fields, nodes_.Next(bytes));
      return IsNeeded(fields.outputs) ? nodes_.CheckOperator(std::move(fields)) : Status();
    }));
    ALICE_RETURN_IF_ERROR(ForEach(GraphField::output, [this](std::string_view bytes) { return DeclareOutput(bytes); }));
    ALICE_RETURN_IF_ERROR(NameUnknownAxes());
    return UseOutputs();
  }

 private:
  template <typename Each>
  Status ForEach(GraphField field, const Each& each) {
    for (Message<GraphField> message(bytes_); message.Next();) {
      if (message.field() == field) {
        ALICE_RETURN_IF_ERROR(each(message.Bytes()));
      } else {
        message.Skip();
      }
    }
    return {};
  }

  /// Collects the names that the chosen outputs need: back to front, as no node comes before what it reads.
  Status FindNeeded() {
    std::vector<NodeFields> nodes;
    ALICE_RETURN_IF_ERROR(ForEach(GraphField::node, [&](std::string_view bytes) -> Status {
      if (nodes.size() == kMaxNodes) {
        return MakeError(ErrorCode::model_limit, "the model has more than ", kMaxNodes, " nodes");
      }
      ALICE_ASSIGN_OR_RETURN(NodeFields fields, ReadNode(bytes));
      nodes.push_back(std::move(fields));
      return {};
    }));
    needed_.insert(outputs_.begin(), outputs_.end());
    std::size_t nodes_inside = kMaxNodes;
    for (const NodeFields& node : std::views::reverse(nodes)) {
      if (!IsNeeded(node.outputs)) continue;
      needed_.insert(node.inputs.begin(), node.inputs.end());
      ALICE_RETURN_IF_ERROR(AddNamesReadInside(node, nodes_inside, needed_));
    }
    return {};
  }

  /// Whether any of the names is; all of them are where no outputs were chosen.
  [[nodiscard]] bool IsNeeded(std::span<const std::string_view> names) const {
    return outputs_.empty() ||
           std::ranges::any_of(names, [&](std::string_view name) { return needed_.contains(name); });
  }

  Status UseOutputs() {
    if (!outputs_.empty()) return UseChosenOutputs();
    return ForEach(GraphField::output, [this](std::string_view bytes) { return ReadOutput(bytes); });
  }

  /// Makes the chosen names the graph's outputs.
  Status UseChosenOutputs() {
    std::vector<std::string_view> given;
    ALICE_RETURN_IF_ERROR(ForEach(GraphField::output, [&](std::string_view bytes) -> Status {
      if (given.size() == kMaxValues) return TooManyOutputs();
      ALICE_ASSIGN_OR_RETURN(const std::string_view name, ReadValueName(bytes));
      given.push_back(name);
      return {};
    }));
    for (const std::string& name : outputs_) {
      const std::optional<ValueId> id = std::ranges::find(given, name) != given.end() ? names_.Use(name) : std::nullopt;
      const bool is_new = id && std::ranges::find(graph_.outputs, *id) == graph_.outputs.end();
      if (!is_new) {
        if (id) return MakeError(ErrorCode::config_invalid, "the output \"", name, "\" is chosen twice");
        return MakeError(ErrorCode::config_invalid, "\"", name, "\" is no output of the model, whose outputs are ",
                         Listed(given));
      }
      graph_.outputs.push_back(*id);
    }
    return {};
  }

  /// The first of the names, for a message.
  static std::string Listed(const std::vector<std::string_view>& names) {
    constexpr std::size_t kMost = 16;
    std::string text;
    for (std::size_t i = 0; i < std::min(names.size(), kMost); ++i) {
      text += (i > 0 ? ", \"" : "\"") + std::string(names[i]) + "\"";
    }
    return names.size() > kMost ? text + ", …" : text;
  }

  static OwnedError TooManyOutputs() {
    return MakeError(ErrorCode::model_limit, "the model has more than ", kMaxValues, " outputs");
  }

  Status ReadName(std::string_view bytes) {
    ALICE_ASSIGN_OR_RETURN(graph_.name, CheckName(bytes, "graph"));
    return {};
  }

  Status ReadInitializer(std::string_view bytes) {
    ALICE_ASSIGN_OR_RETURN(NamedTensor named, ReadTensor(bytes, "of the graph", budget_));
    return names_.DefineConstant(named.name, std::move(named.tensor));
  }

  Status ReadInput(std::string_view bytes) {
    ALICE_ASSIGN_OR_RETURN(const std::string_view name, ReadValueName(bytes));
    // Up to IR version 3 every initializer is listed as an input as well.
    if (names_.IsConstant(name) || !IsNeeded({&name, 1})) return {};
    ALICE_ASSIGN_OR_RETURN(const ValueInfoFields info, ReadValueInfo(bytes));
    ALICE_ASSIGN_OR_RETURN(SymbolicShape shape, ShapeOf(info.dims));
    ALICE_RETURN_IF_ERROR(Fix(name, shape));
    ALICE_ASSIGN_OR_RETURN(const ValueId id, names_.DefineValue(name, info.dtype, std::move(shape)));
    graph_.inputs.push_back(id);
    return {};
  }

  /// Defines an output, of a graph that has no nodes, as it is declared.
  Status DeclareOutput(std::string_view bytes) {
    ALICE_ASSIGN_OR_RETURN(const std::string_view name, ReadValueName(bytes));
    if (!IsNeeded({&name, 1}) || names_.Use(name)) return {};
    auto info = ReadValueInfo(bytes);
    const bool has_no_shape = !info.ok() && info.error().code == ErrorCode::shape_unresolved;
    if (!info.ok() && !has_no_shape) return std::move(info).error();
    const ValueInfoFields fields = has_no_shape ? ValueInfoFields() : std::move(*info);
    ALICE_ASSIGN_OR_RETURN(SymbolicShape shape, ShapeOf(fields.dims));
    auto defined = names_.DefineValue(name, fields.dtype, std::move(shape));
    return defined.ok() ? Status() : std::move(defined).error();
  }

  Result<SymbolicShape> ShapeOf(const std::vector<DimFields>& dims) {
    SymbolicShape shape;
    for (const DimFields& dim : dims) {
      std::int32_t symbol = -1;
      if (!dim.symbol.empty()) {
        ALICE_ASSIGN_OR_RETURN(symbol, AddSymbol(dim.symbol));
      }
      const bool is_unknown = dim.size == 0 && symbol < 0;
      shape.dims.push_back({is_unknown ? kUnknown : dim.size, symbol});
    }
    return shape;
  }

  /// Gives the input the sizes that were chosen for it, if any were.
  Status Fix(std::string_view name, SymbolicShape& shape) const {
    const auto chosen = std::ranges::find(options_.shapes, name, &InputShape::name);
    if (chosen == options_.shapes.end()) return {};
    bool fits = chosen->dims.rank() == shape.rank();
    for (std::size_t axis = 0; fits && axis < shape.rank(); ++axis) {
      const Dim& dim = shape.dims[axis];
      const bool is_open = !dim.known() || dim.size == kUnknown;
      const std::int64_t size = chosen->dims[axis];
      fits = size == InputShape::kOpen || (size >= 0 && (is_open || dim.size == size));
    }
    if (!fits) {
      return MakeError(ErrorCode::shape_mismatch, "the input \"", name, "\" is to have the shape ",
                       chosen->dims.ToString(), ", but the model gives it ", shape.ToString(graph_.symbols));
    }
    for (std::size_t axis = 0; axis < shape.rank(); ++axis) {
      if (chosen->dims[axis] != InputShape::kOpen) shape.dims[axis] = {chosen->dims[axis], -1};
    }
    return {};
  }

  Status CheckShapesUsed() const {
    for (const InputShape& chosen : options_.shapes) {
      const bool is_input =
          std::ranges::any_of(graph_.inputs, [&](ValueId id) { return graph_.value(id).name == chosen.name; });
      if (!is_input) {
        return MakeError(ErrorCode::argument_invalid, "a shape is given for \"", chosen.name,
                         "\", which is no input of the model");
      }
    }
    return {};
  }

  /// Collects the names of the graph's outputs, which stay what nodes give.
  Status FindOutputNames() {
    return ForEach(GraphField::output, [&](std::string_view bytes) -> Status {
      if (output_names_.size() == kMaxValues) return TooManyOutputs();
      ALICE_ASSIGN_OR_RETURN(const std::string_view name, ReadValueName(bytes));
      output_names_.insert(name);
      return {};
    });
  }

  /// Gives each axis of an input, or of an output that is there already, that has neither size nor name a symbol
  /// "<value>.<axis>", or that with primes where it is taken.
  Status NameUnknownAxes() {
    for (Value& value : graph_.values) {
      for (std::size_t axis = 0; axis < value.shape.rank(); ++axis) {
        Dim& dim = value.shape.dims[axis];
        if (!dim.known() || dim.size != kUnknown) continue;
        std::string symbol = value.name + "." + std::to_string(axis);
        while (std::find(graph_.symbols.begin(), graph_.symbols.end(), symbol) != graph_.symbols.end()) symbol += "'";
        ALICE_ASSIGN_OR_RETURN(const std::int32_t index, AddSymbol(symbol));
        dim = Dim::Symbol(index);
      }
    }
    return {};
  }

  Result<std::int32_t> AddSymbol(std::string_view symbol) {
    const std::int32_t index = graph_.SymbolIndex(symbol);
    if (graph_.symbols.size() <= kMaxSymbols) return index;
    return MakeError(ErrorCode::model_limit, "the model has more than ", kMaxSymbols, " symbolic axes");
  }

  Status ReadOneNode(std::string_view bytes) {
    ALICE_ASSIGN_OR_RETURN(NodeFields fields, nodes_.Next(bytes));
    return IsNeeded(fields.outputs) ? nodes_.Add(std::move(fields)) : Status();
  }

  Status ReadOutput(std::string_view bytes) {
    ALICE_ASSIGN_OR_RETURN(const std::string_view name, ReadValueName(bytes));
    const std::optional<ValueId> id = names_.Use(name);
    if (!id) return MakeError(ErrorCode::model_invalid_graph, "nothing defines the graph output \"", name, "\"");
    if (graph_.outputs.size() == kMaxValues) return TooManyOutputs();
    graph_.outputs.push_back(*id);
    return {};
  }

  std::string_view bytes_;
  const ReadOptions& options_;
  std::span<const std::string> outputs_;
  std::set<std::string_view> output_names_;  ///< of the graph
  std::set<std::string_view> needed_;        ///< by the chosen outputs
  MemoryBudget& budget_;
  Graph& graph_;
  NameTable names_;
  NodeReader nodes_;
};

}  // namespace

Status ReadGraph(std::string_view bytes, const OpsetVersions& opsets, const ReadOptions& options, MemoryBudget& budget,
                 Graph& graph) {
  return GraphReader(bytes, opsets, options, budget, graph).Read();
}

Status ReadGraphSignature(std::string_view bytes, const OpsetVersions& opsets, const ReadOptions& options,
                          MemoryBudget& budget, Graph& graph) {
  return GraphReader(bytes, opsets, options, budget, graph).ReadSignature();
}

}  // namespace alice
