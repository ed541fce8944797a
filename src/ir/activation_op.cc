#include "ir/activation_op.h"

#include <algorithm>

namespace alice {
namespace {

constexpr ActivationParameter kParameters[] = {
#define ALICE_ACTIVATION_OP(op, kind)
#define ALICE_ACTIVATION_PARAMETER(kind, member, name, otherwise) \
  {ActivationKind::kind, &Activation::member, name, otherwise},
#include "ir/activation_op.inc"
#undef ALICE_ACTIVATION_PARAMETER
#undef ALICE_ACTIVATION_OP
};

}  // namespace

OpKind ActivationOpOf(ActivationKind kind) {
  switch (kind) {
    case ActivationKind::none:
      return OpKind::Identity;
#define ALICE_ACTIVATION_OP(op, kind) \
  case ActivationKind::kind:          \
    return OpKind::op;
#define ALICE_ACTIVATION_PARAMETER(kind, member, name, otherwise)
#include "ir/activation_op.inc"
#undef ALICE_ACTIVATION_PARAMETER
#undef ALICE_ACTIVATION_OP
  }
  return OpKind::Identity;
}

std::span<const ActivationParameter> ParametersOf(ActivationKind kind) {
  const auto is_of_kind = [kind](const ActivationParameter& parameter) { return parameter.kind == kind; };
  const auto* const first = std::ranges::find_if(kParameters, is_of_kind);
  return {first, std::find_if_not(first, std::end(kParameters), is_of_kind)};
}

}  // namespace alice
