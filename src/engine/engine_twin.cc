// A model in service as another engine with the same options has it: one that lends a device to that engine, or takes the place
// of one whose module is lost.
#include <utility>

#include "engine/engine.h"

namespace alice {
namespace {

/// What leads into the state in which that reason has FP32 answer.
RecoveryEvent AdoptionInFallback(FallbackReason reason) {
  switch (reason) {
    case FallbackReason::similarity_low:
      return RecoveryEvent::adopt_dissimilar;
    case FallbackReason::accuracy_drop:
      return RecoveryEvent::adopt_inaccurate;
    case FallbackReason::runtime_error:
    case FallbackReason::calibration_invalid:
      return RecoveryEvent::adopt_unjudged;
    default:
      return RecoveryEvent::adopt_late;
  }
}

}  // namespace

Status Engine::LoadQuantized(std::span<const QuantizedNode> nodes, FloatWeights float_weights) {
  ALICE_ASSIGN_OR_RETURN(Graph graph, ReadQuantizable(!nodes.empty()));
  ALICE_ASSIGN_OR_RETURN(Model model, MakeQuantized(std::move(graph), nodes, float_weights));
  const bool has_int8 = model.session().has_int8();
  ALICE_RETURN_IF_ERROR(Adopt(std::move(model), std::nullopt,
                              has_int8 ? RecoveryEvent::adopt_good : RecoveryEvent::adopt_float, FallbackReason::none));
  quantized_with_ = float_weights;
  return {};
}

Status Engine::Resume(FallbackReason reason, bool is_held) {
  if (!service_) return NoModel();
  supervisor_.Resume(AdoptionInFallback(reason), reason, is_held, options_);
  return {};
}

}  // namespace alice
