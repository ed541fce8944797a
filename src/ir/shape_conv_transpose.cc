#include "ir/rule_checks.h"
#include "ir/window.h"

namespace alice {
namespace {

constexpr std::size_t kMostSpatial = 3;

Status CheckWeights(const RuleInput& in, const ConvTransposeAttributes& conv) {
  const SymbolicShape& x = in.shape(0);
  const SymbolicShape& w = in.shape(1);
  bool fits = w.rank() == x.rank() && w.known() && x.dims[1] == w.dims[0] && w.dims[0].size >= 1 &&
              w.dims[0].size % conv.group == 0;
  for (std::size_t axis = 1; fits && axis < w.rank(); ++axis) {
    fits = w.dims[axis].size >= 1 && w.dims[axis].size <= kMaxElements;
    const bool is_spatial = axis >= 2 && conv.window.kernel.rank() > 0;
    if (is_spatial)
      fits = fits && conv.window.kernel.rank() == w.rank() - 2 && conv.window.kernel[axis - 2] == w.dims[axis].size;
  }
  if (fits) return {};
  return MakeError(ErrorCode::shape_mismatch, "W ", in.Text(w), " does not fit X ", in.Text(x), " and the attributes");
}

}  // namespace

Status InferConvTranspose(const RuleInput& in, std::span<TensorType> out) {
  ALICE_RETURN_IF_ERROR(RequireF32(in));
  const auto& conv = std::get<ConvTransposeAttributes>(in.node.attributes);
  const SymbolicShape& x = in.shape(0);
  const SymbolicShape& w = in.shape(1);
  if (x.rank() < 3 || x.rank() > 2 + kMostSpatial) {
    return MakeError(x.rank() < 3 ? ErrorCode::shape_mismatch : ErrorCode::model_unsupported_attribute, "X ",
                     in.Text(x), " has ", x.rank(), " axes; supported are 3 to ", 2 + kMostSpatial);
  }
  ALICE_RETURN_IF_ERROR(CheckWeights(in, conv));
  const std::size_t spatial = x.rank() - 2;
  const Dim channels = Dim::Known(w.dims[1].size * conv.group);
  out[0].shape.dims = {x.dims[0], channels};
  for (std::size_t axis = 0; axis < spatial; ++axis) {
    const Dim& dim = x.dims[2 + axis];
    if (!dim.known() || dim.size < 1) {
      return MakeError(ErrorCode::shape_unresolved, "X ", in.Text(x),
                       " has a symbolic or empty spatial axis; only the first axis may be symbolic");
    }
    ALICE_ASSIGN_OR_RETURN(const WindowAxis window,
                           TransposedAxisOf(conv, axis, spatial, w.dims[2 + axis].size, dim.size));
    out[0].shape.dims.push_back(Dim::Known(window.size));
  }
  if (!in.Has(2) || in.shape(2).dims == std::vector<Dim>{channels}) return {};
  return MakeError(ErrorCode::shape_mismatch, "B ", in.Text(in.shape(2)),
                   " is not one number for each output channel of W ", in.Text(w));
}

}  // namespace alice
