#include "ir/rule_checks.h"
#include "ir/window.h"

namespace alice {
namespace {

/// Where the channels of a tensor are, and how many spatial axes it has.
struct Layout {
  std::size_t channel_axis;
  std::size_t first_spatial;
  std::size_t spatial;
};

Result<Layout> LayoutOf(const RuleInput& in, bool channels_last, std::size_t least_rank, std::size_t most_rank) {
  const std::size_t rank = in.shape(0).rank();
  if (rank >= least_rank && rank <= most_rank) {
    return channels_last ? Layout{rank - 1, 1, rank - 2} : Layout{1, 2, rank - 2};
  }
  return MakeError(rank < least_rank ? ErrorCode::shape_mismatch : ErrorCode::model_unsupported_attribute, "X ",
                   in.Text(in.shape(0)), " has ", rank, " axes; supported are ", least_rank, " to ", most_rank);
}

/// The shape of X with the spatial axes as the window leaves them. `kernel` has an entry for each of them.
Result<SymbolicShape> SlidOver(const RuleInput& in, const WindowAttributes& window, const Shape& kernel,
                               const Layout& layout) {
  if (kernel.rank() != layout.spatial) {
    return MakeError(ErrorCode::shape_mismatch, "a kernel of ", kernel.ToString(), " does not fit X ",
                     in.Text(in.shape(0)));
  }
  SymbolicShape shape = in.shape(0);
  for (std::size_t axis = 0; axis < layout.spatial; ++axis) {
    Dim& dim = shape.dims[layout.first_spatial + axis];
    if (!dim.known()) {
      return MakeError(ErrorCode::shape_unresolved, "X ", in.Text(in.shape(0)),
                       " has a symbolic axis under the window; only the first axis may be symbolic");
    }
    ALICE_ASSIGN_OR_RETURN(const WindowAxis slid, WindowAxisOf(window, axis, layout.spatial, kernel[axis], dim.size));
    dim = Dim::Known(slid.outputs);
  }
  return shape;
}

OwnedError WeightsDoNotFit(const RuleInput& in, const SymbolicShape& w) {
  return MakeError(ErrorCode::shape_mismatch, "W ", in.Text(w), " does not fit X ", in.Text(in.shape(0)),
                   " and the attributes");
}

Status CheckBias(const RuleInput& in) {
  const bool channels_last = std::get<ConvAttributes>(in.node.attributes).channels_last;
  const SymbolicShape& w = in.shape(1);
  if (!in.Has(2) || w.rank() == 0) return {};
  const Dim& channels = channels_last ? w.dims.back() : w.dims.front();
  if (in.shape(2).dims == std::vector<Dim>{channels}) return {};
  return MakeError(ErrorCode::shape_mismatch, "B ", in.Text(in.shape(2)),
                   " is not one number for each output channel of W ", in.Text(w));
}

/// W [O, C / group, ...]
Result<SymbolicShape> ConvChannelsFirst(const RuleInput& in, const SymbolicShape& w, const ConvAttributes& conv,
                                        const Layout& layout) {
  const Dim& channels = in.shape(0).dims[layout.channel_axis];
  const bool fits = w.rank() == in.shape(0).rank() && w.known() && channels.known() && w.dims[0].size >= 1 &&
                    channels.size % conv.group == 0 && w.dims[1].size == channels.size / conv.group &&
                    w.dims[0].size % conv.group == 0;
  if (!fits) return WeightsDoNotFit(in, w);
  Shape kernel;
  for (std::size_t axis = 2; axis < w.rank(); ++axis) {
    if (w.dims[axis].size < 1) return WeightsDoNotFit(in, w);
    kernel.Append(w.dims[axis].size);
  }
  if (conv.window.kernel.rank() > 0 && conv.window.kernel != kernel) return WeightsDoNotFit(in, w);
  ALICE_ASSIGN_OR_RETURN(SymbolicShape y, SlidOver(in, conv.window, kernel, layout));
  y.dims[layout.channel_axis] = w.dims[0];
  return y;
}

/// W [kernel elements · C / group, O]
Result<SymbolicShape> ConvChannelsLast(const RuleInput& in, const SymbolicShape& w, const ConvAttributes& conv,
                                       const Layout& layout) {
  const Dim& channels = in.shape(0).dims[layout.channel_axis];
  const bool fits = w.rank() == 2 && w.known() && channels.known() && channels.size % conv.group == 0 &&
                    w.dims[0].size == conv.window.kernel.elements() * (channels.size / conv.group) &&
                    w.dims[1].size >= 1 && w.dims[1].size % conv.group == 0;
  if (!fits) return WeightsDoNotFit(in, w);
  ALICE_ASSIGN_OR_RETURN(SymbolicShape y, SlidOver(in, conv.window, conv.window.kernel, layout));
  y.dims[layout.channel_axis] = w.dims[1];
  return y;
}

/// `weights`: the input that is W.
Result<SymbolicShape> ConvShape(const RuleInput& in, std::size_t weights = 1) {
  const auto& conv = std::get<ConvAttributes>(in.node.attributes);
  ALICE_ASSIGN_OR_RETURN(const Layout layout, LayoutOf(in, conv.channels_last, 3, 4));
  const SymbolicShape& w = in.shape(weights);
  return conv.channels_last ? ConvChannelsLast(in, w, conv, layout) : ConvChannelsFirst(in, w, conv, layout);
}

Status InferPool(const RuleInput& in, std::span<TensorType> out) {
  const auto& pool = std::get<PoolAttributes>(in.node.attributes);
  ALICE_ASSIGN_OR_RETURN(const Layout layout, LayoutOf(in, pool.channels_last, 3, 5));
  ALICE_ASSIGN_OR_RETURN(out[0].shape, SlidOver(in, pool.window, pool.window.kernel, layout));
  return {};
}

Status InferGlobalPool(const RuleInput& in, std::span<TensorType> out) {
  ALICE_RETURN_IF_ERROR(RequireF32(in));
  const bool channels_last = std::get<GlobalPoolAttributes>(in.node.attributes).channels_last;
  ALICE_ASSIGN_OR_RETURN(const Layout layout, LayoutOf(in, channels_last, 2, kMaxRank));
  out[0].shape = in.shape(0);
  for (std::size_t axis = 0; axis < layout.spatial; ++axis) {
    Dim& dim = out[0].shape.dims[layout.first_spatial + axis];
    if (!dim.known() || dim.size == 0) {
      return MakeError(ErrorCode::shape_unresolved, "X ", in.Text(in.shape(0)),
                       " has a symbolic or empty axis under the window");
    }
    dim = Dim::Known(1);
  }
  return {};
}

}  // namespace

Status InferConv(const RuleInput& in, std::span<TensorType> out) {
  ALICE_RETURN_IF_ERROR(RequireF32(in));
  ALICE_RETURN_IF_ERROR(CheckBias(in));
  ALICE_ASSIGN_OR_RETURN(out[0].shape, ConvShape(in));
  return {};
}

Status InferConvInteger(const RuleInput& in, std::span<TensorType> out) {
  for (const std::size_t index : {std::size_t{0}, std::size_t{1}}) {
    ALICE_RETURN_IF_ERROR(RequireInteger8(in, index));
    if (in.Has(index + 2)) ALICE_RETURN_IF_ERROR(RequireType(in, index + 2, in.value(index).dtype));
  }
  out[0].dtype = DType::i32;
  ALICE_ASSIGN_OR_RETURN(out[0].shape, ConvShape(in));
  if (in.Has(2) && !IsOneElement(in.shape(2))) {
    return MakeError(ErrorCode::shape_mismatch, "the zero point ", in.Text(in.shape(2)), " of X is not one element");
  }
  const Dim filters = in.shape(1).dims[0];
  if (!in.Has(3) || IsOneElement(in.shape(3)) || in.shape(3).dims == std::vector<Dim>{filters}) return {};
  return MakeError(ErrorCode::shape_mismatch, "the zero point ", in.Text(in.shape(3)), " of W ", in.Text(in.shape(1)),
                   " is not one, or one an output channel");
}

Status InferQLinearConv(const RuleInput& in, std::span<TensorType> out) {
  enum : std::size_t { x = 0, w = 3, y_scale = 6, y_zero_point = 7, bias = 8 };
  for (const std::size_t codes : {std::size_t{x}, std::size_t{w}}) {
    ALICE_RETURN_IF_ERROR(RequireInteger8(in, codes));
    ALICE_RETURN_IF_ERROR(RequireType(in, codes + 1, DType::f32));
    ALICE_RETURN_IF_ERROR(RequireType(in, codes + 2, in.value(codes).dtype));
  }
  ALICE_RETURN_IF_ERROR(RequireType(in, y_scale, DType::f32));
  ALICE_RETURN_IF_ERROR(RequireInteger8(in, y_zero_point));
  for (const std::size_t one :
       {std::size_t{x + 1}, std::size_t{x + 2}, std::size_t{y_scale}, std::size_t{y_zero_point}}) {
    if (!IsOneElement(in.shape(one))) {
      return MakeError(ErrorCode::shape_mismatch, "\"", in.value(one).name, "\" ", in.Text(in.shape(one)),
                       " is not one element");
    }
  }
  out[0].dtype = in.value(y_zero_point).dtype;
  ALICE_ASSIGN_OR_RETURN(out[0].shape, ConvShape(in, w));
  const Dim filters = in.shape(w).dims[0];
  const auto is_per_filter = [&](std::size_t index) {
    return IsOneElement(in.shape(index)) || in.shape(index).dims == std::vector<Dim>{filters};
  };
  if (!is_per_filter(w + 1) || in.shape(w + 2).rank() > 1 || !is_per_filter(w + 2)) {
    return MakeError(ErrorCode::shape_mismatch, "the scale ", in.Text(in.shape(w + 1)), " or the zero point ",
                     in.Text(in.shape(w + 2)), " of W ", in.Text(in.shape(w)), " is not one, or one an output channel");
  }
  if (!in.Has(bias)) return {};
  ALICE_RETURN_IF_ERROR(RequireType(in, bias, DType::i32));
  if (in.shape(bias).dims == std::vector<Dim>{filters}) return {};
  return MakeError(ErrorCode::shape_mismatch, "B ", in.Text(in.shape(bias)),
                   " is not one number for each output channel of W ", in.Text(in.shape(w)));
}

Status InferMaxPool(const RuleInput& in, std::span<TensorType> out) {
  if (in.value(0).dtype != DType::f32) ALICE_RETURN_IF_ERROR(RequireInteger8(in, 0));
  out[0].dtype = in.value(0).dtype;
  ALICE_RETURN_IF_ERROR(InferPool(in, out));
  if (out.size() > 1) out[1] = {DType::i64, out[0].shape};
  return {};
}

Status InferAveragePool(const RuleInput& in, std::span<TensorType> out) {
  ALICE_RETURN_IF_ERROR(RequireF32(in));
  return InferPool(in, out);
}

Status InferGlobalAveragePool(const RuleInput& in, std::span<TensorType> out) { return InferGlobalPool(in, out); }
Status InferGlobalMaxPool(const RuleInput& in, std::span<TensorType> out) { return InferGlobalPool(in, out); }

}  // namespace alice
