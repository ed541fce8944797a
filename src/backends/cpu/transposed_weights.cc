#include "backends/cpu/transposed_weights.h"

namespace alice {

TransposedWeights::TransposedWeights(const CompileContext& context, std::size_t input, const Matrices& matrices)
    : transpose_(SelectTransposeF32(context.isa)), input_(input), id_(context.node.inputs[input]), matrices_(matrices) {
  if (!context.graph.IsConstant(id_)) return;
  held_ = context.holdings.Ask(MemoryKind::weights_f32, std::uint64_t{matrices.count} * size() * sizeof(float));
}

void TransposedWeights::Prepare(const Graph& graph) {
  if (!held_) return;
  const float* const elements = graph.value(id_).constant->elements<const float>().data();
  for (std::size_t matrix = 0; matrix < matrices_.count; ++matrix) {
    const std::size_t at = matrix * size();
    transpose_.run({matrices_.rows, matrices_.columns, elements + at, matrices_.columns, held_->as<float>() + at});
  }
}

std::uint64_t TransposedWeights::ScratchBytes() const {
  return held_ ? 0 : std::uint64_t{size()} * sizeof(float) + kBufferSlack;
}

const float* TransposedWeights::Of(const OpIo& io, std::size_t matrix, std::byte* scratch) const {
  if (held_) return held_->as<const float>() + matrix * size();
  auto* const transposed = reinterpret_cast<float*>(scratch);
  const auto* const elements = reinterpret_cast<const float*>(io.inputs[input_]);
  transpose_.run({matrices_.rows, matrices_.columns, elements + matrix * size(), matrices_.columns, transposed});
  return transposed;
}

}  // namespace alice
