#include <algorithm>
#include <limits>

#include "onnx/attribute_set.h"

namespace alice {
namespace {

OwnedError Unfit(const NodeFields& node, std::string_view name, const Shape& list) {
  return MakeError(ErrorCode::model_invalid_graph, "the attribute \"", name, "\" of ", Title(node), " is ",
                   list.ToString());
}

/// A list of numbers that are at least `least` and fit 31 bits, so that no window can overflow.
Result<Shape> TakeList(ImportContext& context, std::string_view name, std::int64_t least) {
  ALICE_ASSIGN_OR_RETURN(const Shape list, context.given.Ints(name));
  const bool fits = std::ranges::all_of(
      list.dims(), [&](std::int64_t dim) { return dim >= least && dim <= std::numeric_limits<std::int32_t>::max(); });
  if (fits) return list;
  return Unfit(context.node, name, list);
}

Result<AutoPad> TakeAutoPad(ImportContext& context) {
  ALICE_ASSIGN_OR_RETURN(const std::string_view text, context.given.String("auto_pad", "NOTSET"));
  if (text == "NOTSET") return AutoPad::notset;
  if (text == "SAME_UPPER") return AutoPad::same_upper;
  if (text == "SAME_LOWER") return AutoPad::same_lower;
  if (text == "VALID") return AutoPad::valid;
  return MakeError(ErrorCode::model_invalid_graph, "the attribute \"auto_pad\" of ", Title(context.node), " is \"",
                   text.substr(0, 32), "\"");
}

Result<WindowAttributes> TakeWindow(ImportContext& context) {
  WindowAttributes window;
  ALICE_ASSIGN_OR_RETURN(window.kernel, TakeList(context, "kernel_shape", 1));
  ALICE_ASSIGN_OR_RETURN(window.strides, TakeList(context, "strides", 1));
  ALICE_ASSIGN_OR_RETURN(window.dilations, TakeList(context, "dilations", 1));
  ALICE_ASSIGN_OR_RETURN(window.pads, TakeList(context, "pads", 0));
  ALICE_ASSIGN_OR_RETURN(window.auto_pad, TakeAutoPad(context));
  return window;
}

Result<PoolAttributes> TakePool(ImportContext& context) {
  PoolAttributes pool;
  ALICE_ASSIGN_OR_RETURN(pool.window, TakeWindow(context));
  ALICE_ASSIGN_OR_RETURN(const std::int64_t ceil_mode, context.given.Int("ceil_mode", 0));
  pool.window.ceil_mode = ceil_mode != 0;
  if (pool.window.kernel.rank() == 0) {
    return MakeError(ErrorCode::model_invalid_graph, Title(context.node), " lacks its attribute \"kernel_shape\"");
  }
  return pool;
}

}  // namespace

Result<Attributes> ImportConv(ImportContext& context) {
  ConvAttributes conv;
  ALICE_ASSIGN_OR_RETURN(conv.window, TakeWindow(context));
  ALICE_ASSIGN_OR_RETURN(conv.group, context.given.Int("group", 1));
  if (conv.group >= 1) return Attributes(conv);
  return MakeError(ErrorCode::model_invalid_graph, Title(context.node), " has ", conv.group, " groups");
}

Result<Attributes> ImportConvTranspose(ImportContext& context) {
  ConvTransposeAttributes conv;
  ALICE_ASSIGN_OR_RETURN(conv.window, TakeWindow(context));
  ALICE_ASSIGN_OR_RETURN(conv.group, context.given.Int("group", 1));
  ALICE_ASSIGN_OR_RETURN(conv.output_padding, TakeList(context, "output_padding", 0));
  ALICE_ASSIGN_OR_RETURN(conv.output_shape, TakeList(context, "output_shape", 1));
  if (conv.group >= 1) return Attributes(conv);
  return MakeError(ErrorCode::model_invalid_graph, Title(context.node), " has ", conv.group, " groups");
}

Result<Attributes> ImportMaxPool(ImportContext& context) {
  ALICE_ASSIGN_OR_RETURN(PoolAttributes pool, TakePool(context));
  ALICE_ASSIGN_OR_RETURN(const std::int64_t storage_order, context.given.Int("storage_order", 0));
  pool.column_major_indices = storage_order != 0;
  std::vector<std::string_view>& outputs = context.node.outputs;
  if (outputs.size() == 2 && outputs.back().empty()) outputs.pop_back();
  return Attributes(pool);
}

Result<Attributes> ImportAveragePool(ImportContext& context) {
  ALICE_ASSIGN_OR_RETURN(PoolAttributes pool, TakePool(context));
  ALICE_ASSIGN_OR_RETURN(const std::int64_t count_include_pad, context.given.Int("count_include_pad", 0));
  pool.count_include_pad = count_include_pad != 0;
  return Attributes(pool);
}

}  // namespace alice
