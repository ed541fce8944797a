#include "passes/channel_order.h"

#include "passes/permute.h"

namespace alice {

void EmitPermuted(Rewriter& rewriter, Node node, const Shape& order) {
  Node back;
  back.kind = OpKind::Transpose;
  back.name = node.name + "/order";
  back.attributes = TransposeAttributes{Inverse(order)};
  back.outputs = std::move(node.outputs);
  const SymbolicShape shape = Permuted(rewriter.graph().value(back.outputs[0]).shape, order);
  back.inputs = {rewriter.NewValue(node.name, DType::f32, shape)};
  node.outputs = back.inputs;
  rewriter.Emit(std::move(node));
  rewriter.Emit(std::move(back));
}

}  // namespace alice
