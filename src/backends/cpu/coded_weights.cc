#include "backends/cpu/coded_weights.h"

#include "backends/cpu/depthwise_weights.h"
#include "backends/cpu/fp8_weights.h"
#include "backends/cpu/packed_weights.h"
#include "ir/can_quantize.h"

namespace alice {

CodedWeights::CodedWeights(const CompileContext& context)
    : form_(*context.node.quantized),
      k_(static_cast<std::size_t>(context.input(1).shape.dims[0].size)),
      n_(static_cast<std::size_t>(context.input(1).shape.dims[1].size)),
      grid_(ScaleGridOf(k_, n_, form_.scheme.weights)) {}

void CodedWeights::Prepare(const Graph& graph) {
  if (is_ready_) return;
  Fill(graph);
  is_ready_ = true;
}

bool HasDepthwiseWeights(const CompileContext& context) {
  const auto* conv = std::get_if<ConvAttributes>(&context.node.attributes);
  return conv != nullptr && IsDepthwise(*conv, context.input(1).shape);
}

std::size_t KernelColumns(const CompileContext& context) {
  const Shape& kernel = std::get<ConvAttributes>(context.node.attributes).window.kernel;
  return static_cast<std::size_t>(kernel[kernel.rank() - 1]);
}

std::size_t FilterGroups(const CompileContext& context) {
  const auto* conv = std::get_if<ConvAttributes>(&context.node.attributes);
  return conv == nullptr || HasDepthwiseWeights(context) ? 1 : static_cast<std::size_t>(conv->group);
}

Holdings::Key KeyOfWeights(const CompileContext& context) {
  const QuantizedForm& form = *context.node.quantized;
  const WeightScheme& scheme = form.scheme.weights;
  const SymbolicShape& shape = context.input(1).shape;
  return {form.weights,
          form.scales,
          form.zero_points,
          static_cast<std::int64_t>(scheme.type),
          static_cast<std::int64_t>(scheme.granularity),
          static_cast<std::int64_t>(scheme.group_size),
          shape.dims[0].size,
          shape.dims[1].size,
          HasDepthwiseWeights(context) ? static_cast<std::int64_t>(KernelColumns(context))
                                       : -static_cast<std::int64_t>(FilterGroups(context))};
}

Result<std::shared_ptr<CodedWeights>> AnySharedWeights(const CompileContext& context) {
  if (IsFp8(context.node.quantized->scheme.weights.type)) {
    ALICE_ASSIGN_OR_RETURN(std::shared_ptr<CodedWeights> weights, SharedWeights<Fp8Weights>(context));
    return weights;
  }
  if (HasDepthwiseWeights(context)) {
    ALICE_ASSIGN_OR_RETURN(std::shared_ptr<CodedWeights> weights, SharedWeights<DepthwiseWeights>(context));
    return weights;
  }
  ALICE_ASSIGN_OR_RETURN(std::shared_ptr<CodedWeights> weights, SharedWeights<PackedWeights>(context));
  return weights;
}

}  // namespace alice
