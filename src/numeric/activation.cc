#include "numeric/activation.h"

namespace alice {

float Apply(const Activation& activation, float x) {
  switch (activation.kind) {
#define ALICE_ACTIVATION(kind, formula) \
  case ActivationKind::kind:            \
    return Activated<ActivationKind::kind>(activation, x);
#include "numeric/activation.inc"
#undef ALICE_ACTIVATION
  }
  return x;
}

}  // namespace alice
