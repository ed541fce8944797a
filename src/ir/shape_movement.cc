#include "ir/shape_movement.h"

#include <algorithm>
#include <array>
#include <utility>

#include "ir/resized_axes.h"
#include "ir/rule_checks.h"
#include "ir/shape_inference.h"
#include "ir/shape_product.h"
#include "ir/slice_range.h"

namespace alice {
namespace {

/// `axes` counted from the front of `rank` axes. Error: shape_mismatch for one that is not there, or twice.
Result<Shape> FromFront(const RuleInput& in, const Shape& axes, std::size_t rank) {
  std::array<bool, kMaxRank> seen{};
  Shape result;
  for (const std::int64_t given : axes.dims()) {
    const std::int64_t axis = given < 0 ? given + static_cast<std::int64_t>(rank) : given;
    const bool fits = axis >= 0 && axis < static_cast<std::int64_t>(rank);
    if (!fits || std::exchange(seen[static_cast<std::size_t>(axis)], true)) {
      return MakeError(ErrorCode::shape_mismatch, "the axes ", axes.ToString(), " are not different axes among ", rank,
                       ", for the input ", in.Text(in.shape(0)));
    }
    result.Append(axis);
  }
  return result;
}

Status CheckRank(std::size_t rank) {
  if (rank <= kMaxRank) return {};
  return MakeError(ErrorCode::model_limit, "the result has rank ", rank, "; the most is ", kMaxRank);
}

OwnedError Unresolved(const RuleInput& in, std::size_t axis, std::string_view what) {
  const SymbolicShape& shape = in.shape(0);
  return MakeError(ErrorCode::shape_unresolved, "the symbolic axis ", axis, " of ", in.Text(shape), " cannot be ",
                   what);
}

/// The axis times `factor` ≥ 0, or as it is where that is 1.
Result<Dim> Multiplied(const RuleInput& in, std::size_t axis, std::int64_t factor) {
  const Dim& dim = in.shape(0).dims[axis];
  if (factor == 1) return dim;
  if (!dim.known()) return Unresolved(in, axis, "multiplied");
  const std::optional<std::int64_t> size = CheckedProduct(dim.size, factor);
  return Dim::Known(std::min(size.value_or(kMaxElements + 1), kMaxElements + 1));
}

/// The axis by `divisor` ≥ 1.
Result<Dim> Divided(const RuleInput& in, std::size_t axis, std::int64_t divisor) {
  const Dim& dim = in.shape(0).dims[axis];
  if (divisor == 1) return dim;
  if (!dim.known()) return Unresolved(in, axis, "divided");
  if (dim.size % divisor == 0) return Dim::Known(dim.size / divisor);
  return MakeError(ErrorCode::shape_mismatch, "the axis ", axis, " of ", in.Text(in.shape(0)),
                   " does not divide into parts of ", divisor);
}

Status RequireRank4(const RuleInput& in) {
  if (in.shape(0).rank() == 4) return {};
  return MakeError(ErrorCode::shape_mismatch, "the shape ", in.Text(in.shape(0)), " is not of rank 4");
}

/// Of X [N, C, H, W] with blocks of size b: what C · b² and H and W by b, or the other way round, become.
template <typename Inward, typename Outward>
Status InferBlocks(const RuleInput& in, const Inward& of_channels, const Outward& of_places,
                   std::span<TensorType> out) {
  ALICE_RETURN_IF_ERROR(RequireRank4(in));
  const std::int64_t size = std::get<BlockAttributes>(in.node.attributes).size;
  const std::optional<std::int64_t> area = CheckedProduct(size, size);
  if (!area) return MakeError(ErrorCode::model_limit, "blocks of size ", size, " are too large");
  out[0] = {in.value(0).dtype, in.shape(0)};
  ALICE_ASSIGN_OR_RETURN(out[0].shape.dims[1], of_channels(in, 1, *area));
  for (const std::size_t axis : {2U, 3U}) {
    ALICE_ASSIGN_OR_RETURN(out[0].shape.dims[axis], of_places(in, axis, size));
  }
  return {};
}

template <typename T>
bool AllWithin(std::span<const T> indices, std::int64_t size) {
  return std::ranges::all_of(indices, [size](T index) { return index >= -size && index < size; });
}

}  // namespace

Status InferSlice(const RuleInput& in, std::span<TensorType> out) {
  const auto& slice = std::get<SliceAttributes>(in.node.attributes);
  out[0] = {in.value(0).dtype, in.shape(0)};
  ALICE_ASSIGN_OR_RETURN(const Shape axes, FromFront(in, slice.axes, in.shape(0).rank()));
  for (std::size_t i = 0; i < axes.rank(); ++i) {
    if (slice.steps[i] == 0) return MakeError(ErrorCode::model_invalid_graph, "a slice has the step 0");
    const auto axis = static_cast<std::size_t>(axes[i]);
    Dim& dim = out[0].shape.dims[axis];
    if (dim.known()) {
      dim.size = RangeOf(slice.starts[i], slice.ends[i], slice.steps[i], dim.size).count;
    } else if (!TakesAll(slice.starts[i], slice.ends[i], slice.steps[i])) {
      return Unresolved(in, axis, "sliced");
    }
  }
  return {};
}

Status InferGather(const RuleInput& in, std::span<TensorType> out) {
  const SymbolicShape& data = in.shape(0);
  const Value& indices = in.value(1);
  const std::int64_t given = std::get<GatherAttributes>(in.node.attributes).axis;
  ALICE_ASSIGN_OR_RETURN(const std::size_t axis, AxisOf(in, given, static_cast<std::int64_t>(data.rank()) - 1));
  if (indices.dtype != DType::i32) ALICE_RETURN_IF_ERROR(RequireType(in, 1, DType::i64));
  ALICE_RETURN_IF_ERROR(CheckRank(data.rank() + indices.shape.rank() - 1));
  if (indices.constant && !indices.constant->released() && data.dims[axis].known()) {
    const bool fits = indices.dtype == DType::i32
                          ? AllWithin(indices.constant->elements<const std::int32_t>(), data.dims[axis].size)
                          : AllWithin(indices.constant->elements<const std::int64_t>(), data.dims[axis].size);
    if (!fits) {
      return MakeError(ErrorCode::shape_mismatch, "an index in \"", indices.name, "\" is outside of the axis ", given,
                       " of ", in.Text(data));
    }
  }
  out[0].dtype = in.value(0).dtype;
  std::vector<Dim>& dims = out[0].shape.dims;
  dims = data.dims;
  const auto place = dims.erase(dims.begin() + static_cast<std::ptrdiff_t>(axis));
  dims.insert(place, indices.shape.dims.begin(), indices.shape.dims.end());
  return {};
}

Status InferSqueeze(const RuleInput& in, std::span<TensorType> out) {
  const SymbolicShape& shape = in.shape(0);
  ALICE_ASSIGN_OR_RETURN(const Shape axes,
                         FromFront(in, std::get<AxesAttributes>(in.node.attributes).axes, shape.rank()));
  out[0].dtype = in.value(0).dtype;
  for (std::size_t axis = 0; axis < shape.rank(); ++axis) {
    const Dim& dim = shape.dims[axis];
    const bool is_named = std::ranges::find(axes.dims(), static_cast<std::int64_t>(axis)) != axes.dims().end();
    if (axes.rank() == 0 && !dim.known()) return Unresolved(in, axis, "squeezed or kept");
    if (is_named && dim != Dim::Known(1)) {
      return MakeError(ErrorCode::shape_mismatch, "the axis ", axis, " of ", in.Text(shape), " is not 1");
    }
    if (!is_named && (axes.rank() > 0 || dim != Dim::Known(1))) out[0].shape.dims.push_back(dim);
  }
  return {};
}

Status InferUnsqueeze(const RuleInput& in, std::span<TensorType> out) {
  const Shape& given = std::get<AxesAttributes>(in.node.attributes).axes;
  const SymbolicShape& shape = in.shape(0);
  const std::size_t rank = shape.rank() + given.rank();
  ALICE_RETURN_IF_ERROR(CheckRank(rank));
  ALICE_ASSIGN_OR_RETURN(const Shape axes, FromFront(in, given, rank));
  out[0].dtype = in.value(0).dtype;
  auto next = shape.dims.begin();
  for (std::int64_t axis = 0; axis < static_cast<std::int64_t>(rank); ++axis) {
    const bool is_new = std::ranges::find(axes.dims(), axis) != axes.dims().end();
    out[0].shape.dims.push_back(is_new ? Dim::Known(1) : *next++);
  }
  return {};
}

Status InferExpand(const RuleInput& in, std::span<TensorType> out) {
  const Shape& dims = std::get<ExpandAttributes>(in.node.attributes).dims;
  out[0].dtype = in.value(0).dtype;
  ALICE_ASSIGN_OR_RETURN(out[0].shape, BroadcastShapes(in.shape(0), SymbolicShape::Of(dims), in.graph));
  return {};
}

Status InferTile(const RuleInput& in, std::span<TensorType> out) {
  const Shape& repeats = std::get<TileAttributes>(in.node.attributes).repeats;
  const SymbolicShape& shape = in.shape(0);
  if (repeats.rank() != shape.rank()) {
    return MakeError(ErrorCode::shape_mismatch, "the repeats ", repeats.ToString(), " are not one for each axis of ",
                     in.Text(shape));
  }
  out[0].dtype = in.value(0).dtype;
  for (std::size_t axis = 0; axis < shape.rank(); ++axis) {
    ALICE_ASSIGN_OR_RETURN(const Dim dim, Multiplied(in, axis, repeats[axis]));
    out[0].shape.dims.push_back(dim);
  }
  return {};
}

Status InferPad(const RuleInput& in, std::span<TensorType> out) {
  const auto& pad = std::get<PadAttributes>(in.node.attributes);
  const SymbolicShape& shape = in.shape(0);
  out[0] = {in.value(0).dtype, shape};
  if (in.Has(2)) {
    ALICE_RETURN_IF_ERROR(RequireType(in, 2, out[0].dtype));
    if (!IsOneElement(in.shape(2))) {
      return MakeError(ErrorCode::shape_mismatch, "the constant ", in.Text(in.shape(2)), " is not one element");
    }
  }
  ALICE_ASSIGN_OR_RETURN(const Shape axes, FromFront(in, pad.axes, shape.rank()));
  for (std::size_t i = 0; i < axes.rank(); ++i) {
    const auto axis = static_cast<std::size_t>(axes[i]);
    const std::int64_t begin = std::clamp(pad.begins[i], -kMaxElements - 1, kMaxElements + 1);
    const std::int64_t end = std::clamp(pad.ends[i], -kMaxElements - 1, kMaxElements + 1);
    if (begin == 0 && end == 0) continue;
    Dim& dim = out[0].shape.dims[axis];
    if (!dim.known()) return Unresolved(in, axis, "padded");
    const bool fits = dim.size + begin >= 0 && dim.size + end >= 0 && dim.size + begin + end >= 0 &&
                      (pad.mode == PadMode::constant || std::max(begin, end) <= 0 || dim.size > 0);
    if (!fits) {
      return MakeError(ErrorCode::shape_mismatch, "the axis ", axis, " of ", in.Text(shape), " cannot be padded by ",
                       pad.begins[i], " and ", pad.ends[i]);
    }
    dim.size += begin + end;
  }
  return {};
}

Status InferSplit(const RuleInput& in, std::span<TensorType> out) {
  const auto& split = std::get<SplitAttributes>(in.node.attributes);
  const SymbolicShape& shape = in.shape(0);
  ALICE_ASSIGN_OR_RETURN(const std::size_t axis, AxisOf(in, split.axis, static_cast<std::int64_t>(shape.rank()) - 1));
  for (TensorType& part : out) part = {in.value(0).dtype, shape};
  const Dim& dim = shape.dims[axis];
  const auto parts = static_cast<std::int64_t>(out.size());
  if (parts == 1 && split.sizes.empty()) return {};
  if (!dim.known()) return Unresolved(in, axis, "split");
  const std::int64_t equal = (dim.size + parts - 1) / parts;
  std::int64_t left = dim.size;
  for (std::size_t i = 0; i < out.size(); ++i) {
    const std::int64_t size = split.sizes.empty() ? std::min(equal, left) : split.sizes[i];
    if (size < 0 || size > left || (split.sizes.empty() && size < equal && !split.last_is_smaller)) left = -1;
    if (left < 0) break;
    out[i].shape.dims[axis] = Dim::Known(size);
    left -= size;
  }
  if (left == 0) return {};
  return MakeError(ErrorCode::shape_mismatch, "the axis ", axis, " of ", in.Text(shape), " does not split into ", parts,
                   split.sizes.empty() ? " equal parts" : " parts of the sizes that are given");
}

Status InferDepthToSpace(const RuleInput& in, std::span<TensorType> out) {
  return InferBlocks(in, Divided, Multiplied, out);
}

Status InferSpaceToDepth(const RuleInput& in, std::span<TensorType> out) {
  return InferBlocks(in, Multiplied, Divided, out);
}

Status InferDropout(const RuleInput& in, std::span<TensorType> out) {
  for (TensorType& type : out) type = {std::get<CastAttributes>(in.node.attributes).to, in.shape(0)};
  out[0].dtype = in.value(0).dtype;
  return {};
}

Status InferResize(const RuleInput& in, std::span<TensorType> out) {
  const auto& resize = std::get<ResizeAttributes>(in.node.attributes);
  if (resize.mode != ResizeMode::nearest) ALICE_RETURN_IF_ERROR(RequireType(in, 0, DType::f32));
  Shape shape;
  for (const Dim& dim : in.shape(0).dims) shape.Append(dim.known() ? dim.size : -1);
  auto axes = ResizedAxes(resize, shape);
  if (!axes.ok()) {
    OwnedError error = std::move(axes).error();
    error->message += ", for the input " + in.Text(in.shape(0));
    return error;
  }
  out[0] = {in.value(0).dtype, in.shape(0)};
  for (std::size_t axis = 0; axis < shape.rank(); ++axis) {
    if ((*axes)[axis].to >= 0) out[0].shape.dims[axis] = Dim::Known((*axes)[axis].to);
  }
  return {};
}

}  // namespace alice
