#include "ir/recurrent.h"
#include "ir/rule_checks.h"

namespace alice {
namespace {

Status CheckTypes(const RuleInput& in) {
  for (std::size_t index = 0; index < in.node.inputs.size(); ++index) {
    const DType wanted = index == kRecurrentLengths ? DType::i32 : DType::f32;
    if (in.Has(index)) ALICE_RETURN_IF_ERROR(RequireType(in, index, wanted));
  }
  return {};
}

Status CheckShape(const RuleInput& in, std::size_t index, const SymbolicShape& wanted) {
  if (!in.Has(index) || in.shape(index) == wanted) return {};
  return MakeError(ErrorCode::shape_mismatch, "\"", in.value(index).name, "\" is ", in.Text(in.shape(index)),
                   " instead of ", in.Text(wanted));
}

/// X, W and R of the usual form, or X and R of that which takes products.
Status CheckProducts(const RuleInput& in, const RecurrentAttributes& recurrent, Dim hidden) {
  const Dim directions = Dim::Known(static_cast<std::int64_t>(recurrent.directions()));
  const Dim gates = Dim::Known(static_cast<std::int64_t>(GatesOf(in.node.kind)) * hidden.size);
  const SymbolicShape& x = in.shape(0);
  if (recurrent.takes_products) {
    ALICE_RETURN_IF_ERROR(CheckShape(in, 0, {{x.dims[0], x.dims[1], gates}}));
    ALICE_RETURN_IF_ERROR(CheckShape(in, kSplitRecurrentR, {{hidden, gates}}));
    return CheckShape(in, kSplitRecurrentBias, {{gates}});
  }
  ALICE_RETURN_IF_ERROR(CheckShape(in, kRecurrentW, {{directions, gates, x.dims[2]}}));
  ALICE_RETURN_IF_ERROR(CheckShape(in, kRecurrentR, {{directions, gates, hidden}}));
  return CheckShape(in, kRecurrentB, {{directions, Dim::Known(2 * gates.size)}});
}

}  // namespace

Status InferRecurrent(const RuleInput& in, std::span<TensorType> out) {
  ALICE_RETURN_IF_ERROR(CheckTypes(in));
  const auto& recurrent = std::get<RecurrentAttributes>(in.node.attributes);
  const SymbolicShape& x = in.shape(0);
  const SymbolicShape& r = in.shape(recurrent.takes_products ? kSplitRecurrentR : kRecurrentR);
  const std::size_t r_rank = recurrent.takes_products ? 2 : 3;
  if (x.rank() != 3 || !x.dims[2].known() || x.dims[2].size < 1 || r.rank() != r_rank || !r.known() ||
      r.dims.back().size < 1) {
    return MakeError(ErrorCode::shape_mismatch, "X ", in.Text(x), " and R ", in.Text(r), " must be of rank 3 and ",
                     r_rank, " and know their last axis");
  }
  const Dim directions = Dim::Known(static_cast<std::int64_t>(recurrent.directions()));
  const Dim hidden = recurrent.takes_products ? r.dims.front() : r.dims.back();
  ALICE_RETURN_IF_ERROR(CheckProducts(in, recurrent, hidden));
  if (recurrent.hidden != 0 && recurrent.hidden != hidden.size) {
    return MakeError(ErrorCode::shape_mismatch, "R ", in.Text(r), " does not fit a hidden size of ", recurrent.hidden);
  }
  const Dim time = x.dims[recurrent.batch_first ? 1 : 0];
  const Dim batch = x.dims[recurrent.batch_first ? 0 : 1];
  const SymbolicShape state{recurrent.batch_first ? std::vector{batch, directions, hidden}
                                                  : std::vector{directions, batch, hidden}};
  ALICE_RETURN_IF_ERROR(CheckShape(in, kRecurrentLengths, {{batch}}));
  ALICE_RETURN_IF_ERROR(CheckShape(in, kRecurrentH, state));
  ALICE_RETURN_IF_ERROR(CheckShape(in, kRecurrentC, state));
  ALICE_RETURN_IF_ERROR(CheckShape(in, kRecurrentP, {{directions, Dim::Known(3 * hidden.size)}}));
  out[0].shape.dims = recurrent.batch_first ? std::vector{batch, time, directions, hidden}
                                            : std::vector{time, directions, batch, hidden};
  for (TensorType& last : out.subspan(1)) last.shape = state;
  return {};
}

}  // namespace alice
