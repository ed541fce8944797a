#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace alice {

enum class OpKind : std::uint8_t {
#define ALICE_OP(kind, domain, min_inputs, max_inputs, first_opset, attributes, text) kind,
#include "ir/op_kind.inc"
#undef ALICE_OP
};

/// `max_inputs` of an operator that takes any number of them, none of which may be missing.
inline constexpr int kAnyNumber = 1024;

/// What the list says of one operator.
struct OpInfo {
  OpKind kind;
  std::string_view name;    ///< as ONNX spells it
  std::string_view domain;  ///< "" for ai.onnx
  int min_inputs;
  int max_inputs;
  int first_opset;
};

std::span<const OpInfo> AllOps();
const OpInfo& InfoOf(OpKind kind);
/// The operator of that ONNX domain and name, if Alice has it ("ai.onnx" is the same domain as "").
std::optional<OpKind> FindOp(std::string_view domain, std::string_view name);

}  // namespace alice
