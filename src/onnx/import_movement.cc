#include "onnx/import_movement.h"

#include <algorithm>
#include <cstring>

#include "onnx/limits.h"
#include "onnx/parameter.h"
#include "onnx/read_tensor.h"

namespace alice {
namespace {

/// The first n axes.
Shape FirstAxes(std::size_t n) {
  Shape axes;
  while (axes.rank() < n) axes.Append(static_cast<std::int64_t>(axes.rank()));
  return axes;
}

Shape Ones(std::size_t n) {
  Shape ones;
  while (ones.rank() < n) ones.Append(1);
  return ones;
}

/// Takes the parameter that is an attribute before operator set `first_as_input`, and input `index` from there on.
Result<Shape> TakeShape(ImportContext& context, const char* name, std::int64_t first_as_input, std::size_t index) {
  if (context.opset < first_as_input) return context.given.Ints(name);
  ALICE_ASSIGN_OR_RETURN(const std::vector<std::int64_t> list, TakeIntegers(context, index, name));
  return Shape(list);
}

/// The same, where it may not be missing.
Result<std::vector<std::int64_t>> NeedIntegers(ImportContext& context, std::size_t index, std::string_view what) {
  if (context.node.inputs.size() > index && !context.node.inputs[index].empty()) {
    return TakeIntegers(context, index, what);
  }
  return MakeError(ErrorCode::model_invalid_graph, Title(context.node), " lacks its ", what, ", input ", index);
}

/// Error: model_invalid_graph for a size below 0, model_limit for too many elements.
Status CheckDims(const ImportContext& context, std::span<const std::int64_t> dims) {
  if (std::ranges::any_of(dims, [](std::int64_t dim) { return dim < 0; })) {
    return MakeError(ErrorCode::model_invalid_graph, Title(context.node), " asks for the shape ",
                     Shape(dims).ToString());
  }
  return CheckElementCount(dims, Title(context.node));
}

Result<PadMode> TakePadMode(ImportContext& context) {
  ALICE_ASSIGN_OR_RETURN(const std::string_view text, context.given.String("mode", "constant"));
  if (text == "constant") return PadMode::constant;
  if (text == "reflect") return PadMode::reflect;
  if (text == "edge") return PadMode::edge;
  if (text == "wrap") return PadMode::wrap;
  return MakeError(ErrorCode::model_unsupported_attribute, "the attribute \"mode\" of ", Title(context.node), " is \"",
                   text.substr(0, 32), "\"");
}

}  // namespace

Result<Attributes> ImportSlice(ImportContext& context) {
  constexpr std::int64_t kFirstWithInputs = 10;
  SliceAttributes slice;
  ALICE_ASSIGN_OR_RETURN(slice.starts, TakeShape(context, "starts", kFirstWithInputs, 1));
  ALICE_ASSIGN_OR_RETURN(slice.ends, TakeShape(context, "ends", kFirstWithInputs, 2));
  ALICE_ASSIGN_OR_RETURN(slice.axes, TakeShape(context, "axes", kFirstWithInputs, 3));
  if (context.opset >= kFirstWithInputs) {
    ALICE_ASSIGN_OR_RETURN(slice.steps, TakeShape(context, "steps", kFirstWithInputs, 4));
  }
  const std::size_t count = slice.starts.rank();
  if (slice.axes.rank() == 0) slice.axes = FirstAxes(count);
  if (slice.steps.rank() == 0) slice.steps = Ones(count);
  DropEmptyInputs(context.node);
  if (slice.ends.rank() == count && slice.axes.rank() == count && slice.steps.rank() == count) return Attributes(slice);
  return MakeError(ErrorCode::model_invalid_graph, Title(context.node), " has ", count, " starts, ", slice.ends.rank(),
                   " ends, ", slice.axes.rank(), " axes and ", slice.steps.rank(), " steps");
}

Result<Attributes> ImportGather(ImportContext& context) {
  ALICE_ASSIGN_OR_RETURN(const std::int64_t axis, context.given.Int("axis", 0));
  return Attributes(GatherAttributes{axis});
}

Result<Attributes> ImportSqueeze(ImportContext& context) {
  constexpr std::int64_t kFirstWithInput = 13;
  AxesAttributes squeeze;
  ALICE_ASSIGN_OR_RETURN(squeeze.axes, TakeShape(context, "axes", kFirstWithInput, 1));
  DropEmptyInputs(context.node);
  return Attributes(squeeze);
}

Result<Attributes> ImportUnsqueeze(ImportContext& context) {
  ALICE_ASSIGN_OR_RETURN(Attributes attributes, ImportSqueeze(context));
  if (std::get<AxesAttributes>(attributes).axes.rank() > 0) return attributes;
  return MakeError(ErrorCode::model_invalid_graph, Title(context.node), " lacks its axes");
}

Result<Attributes> ImportExpand(ImportContext& context) {
  ALICE_ASSIGN_OR_RETURN(const std::vector<std::int64_t> dims, NeedIntegers(context, 1, "shape"));
  ALICE_RETURN_IF_ERROR(CheckDims(context, dims));
  DropEmptyInputs(context.node);
  return Attributes(ExpandAttributes{Shape(dims)});
}

Result<Attributes> ImportTile(ImportContext& context) {
  ALICE_ASSIGN_OR_RETURN(const std::vector<std::int64_t> repeats, NeedIntegers(context, 1, "repeats"));
  ALICE_RETURN_IF_ERROR(CheckDims(context, repeats));
  DropEmptyInputs(context.node);
  return Attributes(TileAttributes{Shape(repeats)});
}

Result<Attributes> ImportPad(ImportContext& context) {
  constexpr std::int64_t kFirstWithInputs = 11;
  PadAttributes pad;
  ALICE_ASSIGN_OR_RETURN(pad.mode, TakePadMode(context));
  std::vector<std::int64_t> pads;
  if (context.opset < kFirstWithInputs) {
    ALICE_ASSIGN_OR_RETURN(pads, context.given.IntList("pads", 2 * kMaxRank));
    ALICE_ASSIGN_OR_RETURN(pad.value, context.given.Float("value", pad.value));
  } else {
    ALICE_ASSIGN_OR_RETURN(pads, TakeIntegers(context, 1, "pads", 2 * kMaxRank));
    ALICE_ASSIGN_OR_RETURN(pad.axes, TakeShape(context, "axes", kFirstWithInputs, 3));
  }
  const std::span<const std::int64_t> list(pads);
  const std::size_t count = list.size() / 2;
  if (pad.axes.rank() == 0) pad.axes = FirstAxes(count);
  if (list.size() != 2 * pad.axes.rank()) {
    return MakeError(ErrorCode::model_invalid_graph, Title(context.node), " has ", list.size(), " pads for ",
                     pad.axes.rank(), " axes");
  }
  pad.begins = Shape(list.first(count));
  pad.ends = Shape(list.subspan(count));
  DropEmptyInputs(context.node);
  return Attributes(pad);
}

Result<Attributes> ImportSplit(ImportContext& context) {
  constexpr std::int64_t kFirstWithInput = 13;
  constexpr std::int64_t kFirstWithNumber = 18;
  SplitAttributes split;
  ALICE_ASSIGN_OR_RETURN(split.axis, context.given.Int("axis", 0));
  const std::size_t outputs = context.node.outputs.size();
  if (context.opset < kFirstWithInput) {
    ALICE_ASSIGN_OR_RETURN(split.sizes, context.given.IntList("split", kMaxNodeInputs));
  } else {
    ALICE_ASSIGN_OR_RETURN(split.sizes, TakeIntegers(context, 1, "split", kMaxNodeInputs));
  }
  if (context.opset >= kFirstWithNumber) {
    const auto given = static_cast<std::int64_t>(outputs);
    ALICE_ASSIGN_OR_RETURN(const std::int64_t number, context.given.Int("num_outputs", given));
    if (number != given) {
      return MakeError(ErrorCode::model_invalid_graph, Title(context.node), " has ", outputs, " outputs and says ",
                       number);
    }
    split.last_is_smaller = true;
  }
  if (!split.sizes.empty() && split.sizes.size() != outputs) {
    return MakeError(ErrorCode::model_invalid_graph, Title(context.node), " has ", outputs, " outputs and sizes for ",
                     split.sizes.size());
  }
  DropEmptyInputs(context.node);
  return Attributes(std::move(split));
}

Result<Attributes> ImportShape(ImportContext& context) {
  constexpr std::int64_t kFirstWithRange = 15;
  ShapeAttributes shape;
  if (context.opset < kFirstWithRange) return Attributes(shape);
  ALICE_ASSIGN_OR_RETURN(shape.start, context.given.Int("start", 0));
  ALICE_ASSIGN_OR_RETURN(const AttributeFields* const end, context.given.Take("end", AttributeType::integer));
  if (end != nullptr) shape.end = end->i;
  return Attributes(shape);
}

Result<Attributes> ImportConstantOfShape(ImportContext& context) {
  FillAttributes fill;
  ALICE_ASSIGN_OR_RETURN(const std::vector<std::int64_t> dims, NeedIntegers(context, 0, "shape"));
  ALICE_RETURN_IF_ERROR(CheckDims(context, dims));
  fill.dims = Shape(dims);
  DropEmptyInputs(context.node);
  ALICE_ASSIGN_OR_RETURN(const AttributeFields* const value, context.given.Take("value", AttributeType::tensor));
  if (value == nullptr) return Attributes(fill);
  constexpr std::size_t kMostBytes = 4096;  // of one element, whatever else its message says
  MemoryBudget budget(kMostBytes);
  ALICE_ASSIGN_OR_RETURN(const NamedTensor named, ReadTensor(value->tensor, context.node.name, budget));
  if (named.tensor.shape().elements() != 1) {
    return MakeError(ErrorCode::model_invalid_graph, "the value of ", Title(context.node), " is ",
                     named.tensor.shape().ToString(), " instead of one element");
  }
  fill.dtype = named.tensor.dtype();
  std::memcpy(fill.element.data(), named.tensor.view().data, SizeOf(fill.dtype));
  return Attributes(fill);
}

Result<Attributes> ImportSpaceToDepth(ImportContext& context) {
  ALICE_ASSIGN_OR_RETURN(const std::int64_t size, context.given.Int("blocksize", 0));
  if (size >= 1) return Attributes(BlockAttributes{size, false});
  return MakeError(ErrorCode::model_invalid_graph, Title(context.node), " has blocks of ", size);
}

Result<Attributes> ImportDepthToSpace(ImportContext& context) {
  ALICE_ASSIGN_OR_RETURN(Attributes attributes, ImportSpaceToDepth(context));
  ALICE_ASSIGN_OR_RETURN(const std::string_view mode, context.given.String("mode", "DCR"));
  if (mode != "DCR" && mode != "CRD") {
    return MakeError(ErrorCode::model_invalid_graph, "the attribute \"mode\" of ", Title(context.node), " is \"",
                     mode.substr(0, 32), "\"");
  }
  std::get<BlockAttributes>(attributes).channels_outermost = mode == "CRD";
  return attributes;
}

Result<Attributes> ImportDropout(ImportContext& context) {
  NodeFields& node = context.node;
  // How much, and how chosen, is about training only.
  ALICE_RETURN_IF_ERROR(context.given.Float("ratio", 0.0f));
  ALICE_RETURN_IF_ERROR(context.given.Int("seed", 0));
  if (node.inputs.size() > 2 && !node.inputs[2].empty()) {
    const Tensor* const training = context.names.TakeConstant(node.inputs[2]);
    const bool infers = training != nullptr && training->dtype() == DType::boolean &&
                        training->shape().elements() == 1 && !training->elements<const bool>()[0];
    if (!infers) {
      return MakeError(ErrorCode::model_unsupported_attribute, Title(node), " takes its training mode from \"",
                       node.inputs[2], "\", which is not the constant false; only inference is supported");
    }
  }
  if (node.inputs.size() > 1 && node.inputs.size() <= 3) node.inputs.resize(1);
  if (node.outputs.size() == 2 && node.outputs.back().empty()) node.outputs.pop_back();
  return Attributes(CastAttributes{context.opset < 10 ? DType::f32 : DType::boolean});
}

}  // namespace alice
