#include "passes/pipeline.h"

#include "ir/shape_inference.h"
#include "ir/verify.h"
#include "passes/dynamic_int8.h"
#include "passes/passes.h"
#include "passes/qdq.h"

namespace alice {
namespace {

constexpr Pass kPasses[] = {
    {"expand_dropout_mask", ExpandDropoutMask},
    {"remove_identity", RemoveIdentity},
    {"fold_constants", FoldConstants},
    {"recognize_dynamic_int8", RecognizeDynamicInt8},
    {"expand_matmul_nbits", ExpandMatMulNBits},  // into what recognize_qdq knows
    {"expand_qoperators", ExpandQOperators},
    {"recognize_qdq", RecognizeQdq},
    {"fold_dequantize", FoldDequantize},  // what no recognized product holds as codes
    {"canonicalize_gemm", CanonicalizeGemm},
    {"matmul_to_gemm", MatMulToGemm},
    {"fuse_bias", FuseBias},
    {"fold_batchnorm", FoldBatchNorm},  // into the canonical Gemm, the Conv as ONNX has it
    {"fold_pads", FoldPads},
    {"channels_last", ChannelsLast},
    {"sink_transposes", SinkTransposes},
    {"transposes_to_reshapes", TransposesToReshapes},
    {"merge_reshapes", MergeReshapes},
    {"fuse_conv_bias", FuseBias},  // with nothing in between any more
    {"fuse_activation", FuseActivation},
    {"remove_dead", RemoveDead},
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
  for (const Pass& pass : kPasses) ALICE_RETURN_IF_ERROR(pass.run(graph, budget));
  return Check(graph);
}

}  // namespace alice
