#include "ir/window.h"

#include <algorithm>

namespace alice {
namespace {

std::int64_t EntryOf(const Shape& list, std::size_t index, std::int64_t otherwise) {
  return list.rank() == 0 ? otherwise : list[index];
}

Status CheckRank(const Shape& list, std::string_view name, std::size_t rank) {
  if (list.rank() == 0 || list.rank() == rank) return {};
  return MakeError(ErrorCode::shape_mismatch, name, " ", list.ToString(), " does not have ", rank, " entries");
}

/// As many outputs as strides in the input; the padding that this takes.
void PadToSame(WindowAxis& axis, std::int64_t extent, bool odd_at_end) {
  axis.outputs = (axis.size + axis.stride - 1) / axis.stride;
  const std::int64_t padding = std::max<std::int64_t>((axis.outputs - 1) * axis.stride + extent - axis.size, 0);
  axis.pad_begin = odd_at_end ? padding / 2 : padding - padding / 2;
  axis.pad_end = padding - axis.pad_begin;
}

}  // namespace

Result<WindowAxis> WindowAxisOf(const WindowAttributes& window, std::size_t axis, std::size_t spatial,
                                std::int64_t kernel, std::int64_t size) {
  ALICE_RETURN_IF_ERROR(CheckRank(window.strides, "strides", spatial));
  ALICE_RETURN_IF_ERROR(CheckRank(window.dilations, "dilations", spatial));
  ALICE_RETURN_IF_ERROR(CheckRank(window.pads, "pads", 2 * spatial));
  WindowAxis result;
  result.size = size;
  result.kernel = kernel;
  result.stride = EntryOf(window.strides, axis, 1);
  result.dilation = EntryOf(window.dilations, axis, 1);
  const std::int64_t extent = (kernel - 1) * result.dilation + 1;
  if (window.auto_pad == AutoPad::same_upper || window.auto_pad == AutoPad::same_lower) {
    PadToSame(result, extent, window.auto_pad == AutoPad::same_upper);
    return result;
  }
  if (window.auto_pad == AutoPad::notset) {
    result.pad_begin = EntryOf(window.pads, axis, 0);
    result.pad_end = EntryOf(window.pads, axis + spatial, 0);
  }
  const std::int64_t room = size + result.pad_begin + result.pad_end - extent;
  if (room < 0) {
    return MakeError(ErrorCode::shape_mismatch, "a window of ", extent, " elements does not fit into ", size,
                     " with a padding of ", result.pad_begin, " and ", result.pad_end);
  }
  result.outputs = (window.ceil_mode ? room + result.stride - 1 : room) / result.stride + 1;
  if (window.ceil_mode && (result.outputs - 1) * result.stride >= size + result.pad_begin) --result.outputs;
  return result;
}

Result<WindowAxis> TransposedAxisOf(const ConvTransposeAttributes& conv, std::size_t axis, std::size_t spatial,
                                    std::int64_t kernel, std::int64_t size) {
  ALICE_RETURN_IF_ERROR(CheckRank(conv.window.strides, "strides", spatial));
  ALICE_RETURN_IF_ERROR(CheckRank(conv.window.dilations, "dilations", spatial));
  ALICE_RETURN_IF_ERROR(CheckRank(conv.window.pads, "pads", 2 * spatial));
  ALICE_RETURN_IF_ERROR(CheckRank(conv.output_padding, "output_padding", spatial));
  ALICE_RETURN_IF_ERROR(CheckRank(conv.output_shape, "output_shape", spatial));
  const bool is_same = conv.window.auto_pad == AutoPad::same_upper || conv.window.auto_pad == AutoPad::same_lower;
  WindowAxis result;
  result.outputs = size;
  result.kernel = kernel;
  result.stride = EntryOf(conv.window.strides, axis, 1);
  result.dilation = EntryOf(conv.window.dilations, axis, 1);
  const std::int64_t extent = (kernel - 1) * result.dilation + 1;
  const std::int64_t reach = (size - 1) * result.stride + extent + EntryOf(conv.output_padding, axis, 0);
  if (conv.output_shape.rank() > 0 || is_same) {
    result.size = conv.output_shape.rank() > 0 ? conv.output_shape[axis] : size * result.stride;
    const std::int64_t padding = std::max<std::int64_t>(reach - result.size, 0);
    const bool odd_at_end = conv.window.auto_pad == AutoPad::same_upper;
    result.pad_begin = odd_at_end ? padding / 2 : padding - padding / 2;
    result.pad_end = padding - result.pad_begin;
    return result;
  }
  if (conv.window.auto_pad == AutoPad::notset) {
    result.pad_begin = EntryOf(conv.window.pads, axis, 0);
    result.pad_end = EntryOf(conv.window.pads, axis + spatial, 0);
  }
  result.size = reach - result.pad_begin - result.pad_end;
  if (result.size >= 0) return result;
  return MakeError(ErrorCode::shape_mismatch, "a padding of ", result.pad_begin, " and ", result.pad_end,
                   " is more than the ", reach, " elements that it is taken from");
}

Result<Window2d> Window2dOf(const WindowAttributes& window, const Shape& x, bool channels_last) {
  const std::size_t spatial = x.rank() - 2;
  const std::size_t first = channels_last ? 1 : 2;
  Window2d result;
  if (spatial == 2) {
    ALICE_ASSIGN_OR_RETURN(result.rows, WindowAxisOf(window, 0, spatial, window.kernel[0], x[first]));
  }
  const std::size_t last = spatial - 1;
  ALICE_ASSIGN_OR_RETURN(result.columns, WindowAxisOf(window, last, spatial, window.kernel[last], x[first + last]));
  return result;
}

}  // namespace alice
