#include "engine/faults.h"

#include <algorithm>
#include <chrono>
#include <exception>

namespace alice {
namespace {

class InjectedFault final : public std::exception {
 public:
  [[nodiscard]] const char* what() const noexcept override { return "an injected fault between two operators"; }
};

}  // namespace

Result<std::size_t> Faults::LayerOf(std::string_view name) const {
  const std::vector<Node>& nodes = session_->graph().nodes;
  for (std::size_t node = 0; node < nodes.size(); ++node) {
    if (nodes[node].name == name && session_->RunsQuantized(node)) return node;
  }
  return MakeError(ErrorCode::argument_invalid, "the model has no quantized layer \"", name, "\"");
}

Status Faults::CorruptWeights(std::string_view layer, std::size_t every) {
  ALICE_ASSIGN_OR_RETURN(const std::size_t node, LayerOf(layer));
  const std::span<std::byte> codes = session_->PackedCodes(node);
  if (codes.empty() || every == 0) {
    return MakeError(ErrorCode::argument_invalid, "layer \"", layer, "\" has no integer weights to corrupt");
  }
  for (std::size_t i = 0; i < codes.size(); i += every) codes[i] ^= std::byte{0x80};
  return {};
}

Status Faults::SkewInput(std::string_view layer, double factor) {
  ALICE_ASSIGN_OR_RETURN(const std::size_t node, LayerOf(layer));
  const QuantizedForm& form = *session_->graph().nodes[node].quantized;
  QuantRange range;
  if (form.input) {
    const QParams& codes = *form.input;
    range = {codes.scale * static_cast<float>(0 - codes.zero_point),
             codes.scale * static_cast<float>(255 - codes.zero_point)};
  } else if (form.bound) {
    range = *form.bound;
  } else {
    return MakeError(ErrorCode::argument_invalid, "the input of layer \"", layer,
                     "\" has neither scale nor bound to skew");
  }
  const auto skew = static_cast<float>(factor);
  session_->SetRange(node, {range.min * skew, range.max * skew});
  return {};
}

void Faults::OnOutput(std::size_t /*node*/, const TensorView& /*output*/, const std::optional<QParams>& /*codes*/) {
  if (!is_due_) return;
  is_due_ = false;
  if (traps_) __builtin_trap();
  using Clock = std::chrono::steady_clock;
  const auto end = Clock::now() + std::chrono::duration<double, std::milli>(slow_ms_);
  while (Clock::now() < end) continue;
  if (throws_ == 0) return;
  --throws_;
  throw InjectedFault();
}

}  // namespace alice
