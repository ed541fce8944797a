// A model in service as another engine with the same options has it: one that lends a device to that engine, or takes the place
// of one whose module is lost.
#include <utility>

#include "engine/engine.h"

namespace alice {

Status Engine::LoadQuantized(std::span<const QuantizedNode> nodes, FloatWeights float_weights) {
  ALICE_ASSIGN_OR_RETURN(Graph graph, ReadQuantizable(!nodes.empty()));
  ALICE_ASSIGN_OR_RETURN(Model model, MakeQuantized(std::move(graph), nodes, float_weights));
  const bool has_int8 = model.session().has_int8();
  ALICE_RETURN_IF_ERROR(Adopt(std::move(model), std::nullopt,
                              has_int8 ? RecoveryEvent::adopt_good : RecoveryEvent::adopt_float, FallbackReason::none));
  quantized_with_ = float_weights;
  return {};
}

Status Engine::Resume(const Standing& standing) {
  if (!service_) return NoModel();
  supervisor_.Resume(standing, options_);
  return {};
}

}  // namespace alice
