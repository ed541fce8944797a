#include "passes/pipeline.h"

#include <algorithm>
#include <variant>

#include "ir/shape_inference.h"
#include "ir/verify.h"
#include "passes/dynamic_int8.h"
#include "passes/passes.h"
#include "passes/qdq.h"

namespace alice {
namespace {

bool Any(const Node& /*node*/) { return true; }
template <OpKind... kKinds>
bool Is(const Node& node) {
  return ((node.kind == kKinds) || ...);
}
template <typename... Types>
bool Has(const Node& node) {
  return (std::holds_alternative<Types>(node.attributes) || ...);
}

constexpr Pass kPasses[] = {
    {"expand_dropout_mask", ExpandDropoutMask, Is<OpKind::Dropout>},
    {"remove_identity", RemoveIdentity, Any},
    {"fold_constants", FoldConstants, Any},
    {"recognize_dynamic_int8", RecognizeDynamicInt8, Is<OpKind::DynamicQuantizeLinear>},
    {"expand_matmul_nbits", ExpandMatMulNBits, Is<OpKind::MatMulNBits>},  // into what recognize_qdq knows
    {"expand_qoperators", ExpandQOperators, Is<OpKind::QGemm, OpKind::QLinearConv>},
    {"recognize_qdq", RecognizeQdq, Is<OpKind::DequantizeLinear>},
    {"fold_dequantize", FoldDequantize, Is<OpKind::DequantizeLinear>},  // what no recognized product holds as codes
    {"canonicalize_gemm", CanonicalizeGemm, Is<OpKind::Gemm>},
    {"matmul_to_gemm", MatMulToGemm, Is<OpKind::MatMul>},
    {"fuse_bias", FuseBias, Any},
    {"fold_batchnorm", FoldBatchNorm,
     Is<OpKind::BatchNormalization>},  // into the canonical Gemm, the Conv as ONNX has it
    {"fold_pads", FoldPads, Is<OpKind::Pad>},
    {"channels_last", ChannelsLast, Has<ConvAttributes, PoolAttributes, GlobalPoolAttributes>},
    {"sink_transposes", SinkTransposes, Is<OpKind::Transpose>},
    {"remove_sunk", RemoveIdentity, Any},
    {"remove_unused", RemoveDead, Any},  // so that what follows sees who uses what
    {"transposes_to_reshapes", TransposesToReshapes, Is<OpKind::Transpose>},
    {"merge_reshapes", MergeReshapes, Any},
    {"fuse_conv_bias", FuseBias, Any},  // with nothing in between any more
    {"fuse_activation", FuseActivation, Any},
    {"remove_dead", RemoveDead, Any},
};

Status Check(Graph& graph) {
  ALICE_RETURN_IF_ERROR(Verify(graph));
  return InferShapes(graph);
}

}  // namespace

std::span<const Pass> Passes() { return kPasses; }

Status Optimize(Graph& graph, MemoryBudget& budget) {
  ALICE_RETURN_IF_ERROR(OptimizeCoded(graph, budget));
  return DecodeWeights(graph, budget);
}

Status OptimizeCoded(Graph& graph, MemoryBudget& budget) {
  ALICE_RETURN_IF_ERROR(Check(graph));
  for (const Pass& pass : kPasses) {
    if (std::ranges::any_of(graph.nodes, pass.concerns)) ALICE_RETURN_IF_ERROR(pass.run(graph, budget));
  }
  return Check(graph);
}

}  // namespace alice
