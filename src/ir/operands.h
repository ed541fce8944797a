#pragma once

#include <cstdint>

#include "ir/op_kind.h"

namespace alice {

/// How the elements of an operator's result follow from those of its inputs.
enum class Operands : std::uint8_t {
  elementwise,   ///< each from the one at the same place of input 0; other inputs are single elements
  broadcasting,  ///< each from those at the same place of all inputs, broadcast
  other,
};

Operands OperandsOf(OpKind kind);

}  // namespace alice
