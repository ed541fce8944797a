#include "ir/operands.h"

namespace alice {

Operands OperandsOf(OpKind kind) {
  switch (kind) {
    case OpKind::Abs:
    case OpKind::Cast:
    case OpKind::Ceil:
    case OpKind::Celu:
    case OpKind::Clip:
    case OpKind::Elu:
    case OpKind::Erf:
    case OpKind::Exp:
    case OpKind::Floor:
    case OpKind::Gelu:
    case OpKind::HardSigmoid:
    case OpKind::HardSwish:
    case OpKind::LeakyRelu:
    case OpKind::Log:
    case OpKind::Mish:
    case OpKind::Neg:
    case OpKind::Not:
    case OpKind::Reciprocal:
    case OpKind::Relu:
    case OpKind::Round:
    case OpKind::Selu:
    case OpKind::Sigmoid:
    case OpKind::Sign:
    case OpKind::Softplus:
    case OpKind::Softsign:
    case OpKind::Sqrt:
    case OpKind::Tanh:
    case OpKind::ThresholdedRelu:
      return Operands::elementwise;
    case OpKind::Add:
    case OpKind::And:
    case OpKind::BitShift:
    case OpKind::Div:
    case OpKind::Equal:
    case OpKind::Greater:
    case OpKind::GreaterOrEqual:
    case OpKind::Less:
    case OpKind::LessOrEqual:
    case OpKind::Max:
    case OpKind::Mean:
    case OpKind::Min:
    case OpKind::Mod:
    case OpKind::Mul:
    case OpKind::Or:
    case OpKind::PRelu:
    case OpKind::Pow:
    case OpKind::Sub:
    case OpKind::Sum:
    case OpKind::Where:
    case OpKind::Xor:
      return Operands::broadcasting;
    default:
      return Operands::other;
  }
}

}  // namespace alice
