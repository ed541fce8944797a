#include "bindings/quantized_nodes.h"

#include <cmath>
#include <limits>

namespace alice {
namespace {

using emscripten::val;

/// Node, scale and zero point of its input, low and high bound; NaN where there are none.
constexpr std::size_t kWordsPerNode = 5;
constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

}  // namespace

val ToJs(const std::vector<QuantizedNode>& nodes) {
  std::vector<double> numbers;
  for (const QuantizedNode& at : nodes) {
    const bool has_input = at.input.has_value();
    const bool has_bound = at.bound.has_value();
    numbers.insert(numbers.end(), {static_cast<double>(at.node), has_input ? at.input->scale : kNone,
                                   has_input ? at.input->zero_point : kNone, has_bound ? at.bound->min : kNone,
                                   has_bound ? at.bound->max : kNone});
  }
  return val(emscripten::typed_memory_view(numbers.size(), numbers.data())).call<val>("slice");
}

std::vector<QuantizedNode> QuantizedNodesOf(const val& numbers) {
  const std::vector<double> words = emscripten::convertJSArrayToNumberVector<double>(numbers);
  std::vector<QuantizedNode> nodes;
  for (std::size_t at = 0; at + kWordsPerNode <= words.size(); at += kWordsPerNode) {
    const double* const word = words.data() + at;
    QuantizedNode& node = nodes.emplace_back();
    node.node = static_cast<std::size_t>(word[0]);
    if (!std::isnan(word[1])) node.input = {static_cast<float>(word[1]), static_cast<std::int32_t>(word[2])};
    if (!std::isnan(word[3])) node.bound = {static_cast<float>(word[3]), static_cast<float>(word[4])};
  }
  return nodes;
}

}  // namespace alice
