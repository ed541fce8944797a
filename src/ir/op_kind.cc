#include "ir/op_kind.h"

namespace alice {
namespace {

constexpr OpInfo kOps[] = {
#define ALICE_OP(kind, domain, min_inputs, max_inputs, first_opset, attributes, text) \
  {OpKind::kind, #kind, domain, min_inputs, max_inputs, first_opset},
#include "ir/op_kind.inc"
#undef ALICE_OP
};

}  // namespace

std::span<const OpInfo> AllOps() { return kOps; }

const OpInfo& InfoOf(OpKind kind) { return kOps[static_cast<std::size_t>(kind)]; }

std::optional<OpKind> FindOp(std::string_view domain, std::string_view name) {
  if (domain == "ai.onnx") domain = "";
  for (const OpInfo& op : kOps) {
    if (op.name == name && op.domain == domain) return op.kind;
  }
  return std::nullopt;
}

}  // namespace alice
