#pragma once

#include <cstdint>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"
#include "ir/graph.h"

namespace alice {

struct SpelledAttribute {
  std::string_view name;
  /// A Shape is a list of integers.
  std::variant<float, std::int64_t, std::string_view, Shape, std::vector<float>, std::vector<std::string_view>> value;
};

/// A constant that is an input in ONNX only: an f32 scalar or vector, an i64 vector; without a value one that is not given.
/// It takes the first of the node's inputs that is not given, or follows them.
struct SpelledInput {
  std::string_view name;
  std::variant<float, Shape, std::vector<std::int64_t>, std::vector<float>, std::monostate> value;
};

/// How an operator set says what a node's Attributes say.
struct NodeSpelling {
  std::vector<SpelledAttribute> attributes;
  std::vector<SpelledInput> inputs;
};

/// `opset`: kWrittenOpset or kWrittenOpsetOfCodes. Error: model_unsupported_attribute for a Softmax over several axes, a
/// QuantizeLinear to s8 without a zero point, and what of Pad and Resize came later (spell_movement.h).
Result<NodeSpelling> SpellNode(const Node& node, const Graph& graph, std::int64_t opset);

}  // namespace alice
