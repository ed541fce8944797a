#include <algorithm>
#include <limits>
#include <optional>

#include "onnx/attribute_set.h"
#include "onnx/inline.h"
#include "onnx/limits.h"
#include "onnx/read_nodes.h"
#include "onnx/read_tensor.h"
#include "onnx/read_value_info.h"

namespace alice {
namespace {

class LoopInliner {
 public:
  LoopInliner(NodeReader& reader, const NodeFields& node)
      : reader_(reader), node_(node), carried_count_(node.inputs.size() < 2 ? 0 : node.inputs.size() - 2) {}

  Status Inline() {
    if (node_.attributes.size() != 1) {
      return MakeError(ErrorCode::model_invalid_graph, Title(node_), " has ", node_.attributes.size(),
                       " attributes instead of its body");
    }
    ALICE_ASSIGN_OR_RETURN(body_, ReadSubgraph(node_, "body"));
    if (node_.outputs.size() > carried_count_) scanned_.resize(node_.outputs.size() - carried_count_);
    ALICE_ASSIGN_OR_RETURN(const std::int64_t trips, TripCount());
    ALICE_RETURN_IF_ERROR(Start());
    reader_.names().Open("");
    ALICE_RETURN_IF_ERROR(reader_.DefineInitializers(body_));
    for (std::int64_t trip = 0; trip < trips; ++trip) {
      ALICE_ASSIGN_OR_RETURN(const bool goes_on, GoesOn());
      if (!goes_on) break;
      if (trip == kMaxIterations) {
        return MakeError(ErrorCode::model_limit, Title(node_), " has more than ", kMaxIterations, " iterations");
      }
      ALICE_RETURN_IF_ERROR(Iterate(trip));
    }
    reader_.names().Close();
    return BindOutputs();
  }

 private:
  [[nodiscard]] std::string_view Input(std::size_t index) const {
    return index < node_.inputs.size() ? node_.inputs[index] : std::string_view();
  }

  Result<std::int64_t> TripCount() {
    constexpr std::int64_t kUnbounded = std::numeric_limits<std::int64_t>::max();
    const std::string_view name = Input(0);
    if (name.empty()) return kUnbounded;
    ALICE_ASSIGN_OR_RETURN(const ValueId id, reader_.Operand(name, node_.name));
    if (!reader_.graph().IsConstant(id)) return NotConstant("trip count", name);
    const Tensor& trips = *reader_.graph().value(id).constant;
    if (trips.dtype() == DType::i64 && trips.shape().elements() == 1) return trips.elements<const std::int64_t>()[0];
    return MakeError(ErrorCode::model_invalid_graph, "the trip count \"", name, "\" of ", Title(node_), " is ",
                     DTypeName(trips.dtype()), trips.shape().ToString(), " instead of one i64");
  }

  [[nodiscard]] OwnedError NotConstant(std::string_view what, std::string_view name) const {
    return MakeError(ErrorCode::shape_unresolved, Title(node_), " takes its ", what, " from \"", name,
                     "\", which is not a constant")
        .WithHint("where it follows from the shapes of inputs, give these when the model is loaded");
  }

  /// What the first iteration begins with.
  Status Start() {
    if (Input(1).empty()) {
      ALICE_ASSIGN_OR_RETURN(Tensor always, MakeConstant(DType::boolean, {}, reader_.budget()));
      always.elements<bool>()[0] = true;
      condition_ = reader_.graph().AddConstant(std::string(node_.name) + ".condition", std::move(always));
    } else {
      ALICE_ASSIGN_OR_RETURN(condition_, reader_.Operand(Input(1), node_.name));
    }
    for (std::size_t index = 0; index < carried_count_; ++index) {
      ALICE_ASSIGN_OR_RETURN(const ValueId id, reader_.Operand(node_.inputs[2 + index], node_.name));
      if (id == kNoValue)
        return MakeError(ErrorCode::model_invalid_graph, Title(node_), " lacks its input ", 2 + index);
      carried_.push_back(id);
    }
    return {};
  }

  Result<bool> GoesOn() {
    ALICE_ASSIGN_OR_RETURN(const std::optional<bool> holds, ConstantCondition(reader_.graph(), condition_));
    if (!holds) return NotConstant("condition", reader_.graph().value(condition_).name);
    return *holds;
  }

  Status Iterate(std::int64_t trip) {
    ALICE_RETURN_IF_ERROR(reader_.CountIteration(body_.repeated_bytes));
    const std::string suffix = "#" + std::to_string(trip);
    ALICE_ASSIGN_OR_RETURN(Tensor number, MakeConstant(DType::i64, {}, reader_.budget()));
    number.elements<std::int64_t>()[0] = trip;
    std::vector<ValueId> inputs = {
        reader_.graph().AddConstant(std::string(node_.name) + ".trip" + suffix, std::move(number)), condition_};
    inputs.insert(inputs.end(), carried_.begin(), carried_.end());
    const std::size_t count = 1 + carried_count_ + scanned_.size();
    ALICE_ASSIGN_OR_RETURN(const std::vector<ValueId> outputs, reader_.ReadBody(body_, inputs, count, suffix));
    condition_ = outputs[0];
    std::copy_n(outputs.begin() + 1, carried_count_, carried_.begin());
    for (std::size_t index = 0; index < scanned_.size(); ++index) {
      const std::string name = OutputName(index) + suffix;
      AxesAttributes leading;
      leading.axes = {0};
      ALICE_ASSIGN_OR_RETURN(const ValueId slice,
                             reader_.Emit(OpKind::Unsqueeze, name, {outputs[1 + carried_count_ + index]}, leading));
      scanned_[index].push_back(slice);
    }
    return {};
  }

  [[nodiscard]] std::string OutputName(std::size_t scan) const {
    return std::string(node_.name) + "." + std::to_string(carried_count_ + scan);
  }

  Status BindOutputs() {
    std::vector<ValueId> values(carried_.begin(), carried_.begin() + static_cast<std::ptrdiff_t>(std::min(
                                                                         carried_count_, node_.outputs.size())));
    for (std::size_t index = 0; index < scanned_.size(); ++index) {
      ALICE_ASSIGN_OR_RETURN(const ValueId value, Joined(index));
      values.push_back(value);
    }
    return reader_.Bind(node_, values);
  }

  /// The outcomes of a scan output, one behind the other.
  Result<ValueId> Joined(std::size_t scan) {
    if (scanned_[scan].empty()) return Empty(scan);
    return reader_.Emit(OpKind::Concat, OutputName(scan), scanned_[scan], ConcatAttributes{0});
  }

  /// What a scan output is without an iteration.
  Result<ValueId> Empty(std::size_t scan) {
    const std::size_t index = 1 + carried_count_ + scan;
    if (index >= body_.outputs.size()) {
      return MakeError(ErrorCode::model_invalid_graph, "the body of ", Title(node_), " has ", body_.outputs.size(),
                       " outputs; ", index + 1, " are used");
    }
    ALICE_ASSIGN_OR_RETURN(const ValueInfoFields info, ReadValueInfo(body_.outputs[index]));
    std::vector<std::int64_t> dims = {0};
    for (const DimFields& dim : info.dims) dims.push_back(dim.size);
    if (std::find(dims.begin() + 1, dims.end(), 0) != dims.end() || dims.size() > kMaxRank) {
      return MakeError(ErrorCode::shape_unresolved, Title(node_),
                       " has no iteration, and its body does not say the shape of \"", info.name, "\"");
    }
    ALICE_ASSIGN_OR_RETURN(Tensor none, MakeConstant(info.dtype, Shape(dims), reader_.budget()));
    return reader_.graph().AddConstant(OutputName(scan), std::move(none));
  }

  NodeReader& reader_;
  const NodeFields& node_;
  std::size_t carried_count_;
  Subgraph body_;
  ValueId condition_ = kNoValue;
  std::vector<ValueId> carried_;
  std::vector<std::vector<ValueId>> scanned_;  ///< for each scan output, what each iteration gave
};

}  // namespace

Status InlineLoop(NodeReader& reader, const NodeFields& node) { return LoopInliner(reader, node).Inline(); }

}  // namespace alice
