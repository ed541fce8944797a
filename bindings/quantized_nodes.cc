#include "bindings/quantized_nodes.h"

#include <array>
#include <cmath>
#include <limits>
#include <optional>

#include "bindings/js_object.h"

namespace alice {
namespace {

using emscripten::val;

/// Node, scale and zero point of its input, low and high bound; NaN where there are none.
constexpr std::size_t kWordsPerNode = 5;
constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

}  // namespace

val QuantizedNodesToJs(const Graph& graph) {
  JsArray numbers;
  for (std::size_t node = 0; node < graph.nodes.size(); ++node) {
    const std::optional<QuantizedForm>& form = graph.nodes[node].quantized;
    if (!form) continue;
    const std::optional<QParams>& input = form->input;
    const std::optional<QuantRange>& bound = form->bound;
    const std::array<double, kWordsPerNode> words{static_cast<double>(node), input ? input->scale : kNone,
                                                  input ? input->zero_point : kNone, bound ? bound->min : kNone,
                                                  bound ? bound->max : kNone};
    for (const double word : words) numbers.Push(val(word));
  }
  return numbers;
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
