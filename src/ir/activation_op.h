#pragma once

#include <span>
#include <string_view>

#include "ir/op_kind.h"
#include "numeric/activation.h"

namespace alice {

/// The operator that is this activation alone; Identity for `none`.
OpKind ActivationOpOf(ActivationKind kind);

/// A parameter of an activation that is an attribute of its operator.
struct ActivationParameter {
  ActivationKind kind;
  float Activation::* member;
  const char* name;  ///< as ONNX spells it
  float otherwise;   ///< where a node does not give it
};

/// The parameters of `kind`; the bounds of Clip, which are inputs, are none.
std::span<const ActivationParameter> ParametersOf(ActivationKind kind);

}  // namespace alice
