#include <algorithm>

#include "base/flags.h"
#include "ir/rule_checks.h"

namespace alice {

Status InferTranspose(const RuleInput& in, std::span<TensorType> out) {
  const SymbolicShape& shape = in.shape(0);
  const Shape permutation = PermutationOf(std::get<TransposeAttributes>(in.node.attributes), shape.rank());
  Flags seen(shape.rank(), false);
  bool fits = permutation.rank() == shape.rank();
  for (const std::int64_t axis : permutation.dims()) {
    fits = fits && axis >= 0 && static_cast<std::size_t>(axis) < seen.size() && !seen[static_cast<std::size_t>(axis)];
    if (fits) seen[static_cast<std::size_t>(axis)] = true;
  }
  if (!fits) {
    return MakeError(ErrorCode::shape_mismatch, permutation.ToString(), " is not a permutation of the axes of ",
                     in.Text(shape));
  }
  out[0].dtype = in.value(0).dtype;
  for (const std::int64_t axis : permutation.dims()) {
    out[0].shape.dims.push_back(shape.dims[static_cast<std::size_t>(axis)]);
  }
  return {};
}

Status InferConcat(const RuleInput& in, std::span<TensorType> out) {
  const SymbolicShape& first = in.shape(0);
  const std::int64_t given = std::get<ConcatAttributes>(in.node.attributes).axis;
  ALICE_ASSIGN_OR_RETURN(const std::size_t axis, AxisOf(in, given, static_cast<std::int64_t>(first.rank()) - 1));
  out[0] = {in.value(0).dtype, first};
  Dim& sum = out[0].shape.dims[axis];
  for (std::size_t index = 1; index < in.node.inputs.size(); ++index) {
    ALICE_RETURN_IF_ERROR(RequireType(in, index, out[0].dtype));
    SymbolicShape next = in.shape(index);
    const bool same_rank = next.rank() == first.rank();
    const Dim added = same_rank ? std::exchange(next.dims[axis], first.dims[axis]) : Dim{};
    if (next != first) {
      return MakeError(ErrorCode::shape_mismatch, "the shapes ", in.Text(first), " and ", in.Text(in.shape(index)),
                       " do not join along axis ", given);
    }
    if (!sum.known() || !added.known()) {
      return MakeError(ErrorCode::shape_unresolved, "the symbolic axis ", given, " of ", in.Text(first),
                       " cannot be added to");
    }
    sum = Dim::Known(std::min(sum.size + added.size, kMaxElements + 1));
  }
  return {};
}

}  // namespace alice
