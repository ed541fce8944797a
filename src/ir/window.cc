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
