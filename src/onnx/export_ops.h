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

/// A constant that follows the node's inputs: an f32 scalar, or an i64 vector.
struct SpelledInput {
  std::string_view name;
  std::variant<float, Shape> value;
};

/// How an operator set says what a node's Attributes say.
struct NodeSpelling {
  std::vector<SpelledAttribute> attributes;
  std::vector<SpelledInput> inputs;
};

/// `opset`: kWrittenOpset or kWrittenOpsetOfCodes. Error: model_unsupported_attribute for a Softmax over several axes and for a QuantizeLinear to s8 without a zero
/// point.
Result<NodeSpelling> SpellNode(const Node& node, const Graph& graph, std::int64_t opset);

}  // namespace alice
