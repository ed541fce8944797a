#include "engine/layer_comparison.h"

#include <algorithm>

namespace alice {

LayerComparison::LayerComparison(const Session& session) {
  const auto& nodes = session.graph().nodes;
  for (std::size_t index = 0; index < nodes.size(); ++index) {
    if (nodes[index].int8) layers_.push_back({index, {}, {}});
  }
}

LayerComparison::Layer* LayerComparison::Find(std::size_t node) {
  const auto found = std::find_if(layers_.begin(), layers_.end(), [&](const Layer& l) { return l.node == node; });
  return found == layers_.end() ? nullptr : &*found;
}

void LayerComparison::Keep::OnOutput(std::size_t node, const TensorView& output) {
  if (Layer* layer = comparison.Find(node)) {
    const auto values = output.elements<const float>();
    layer->fp32_output.assign(values.begin(), values.end());
  }
}

void LayerComparison::Compare::OnOutput(std::size_t node, const TensorView& output) {
  if (Layer* layer = comparison.Find(node)) {
    const auto values = output.elements<const float>();
    layer->stats.Add(layer->fp32_output.data(), values.data(), std::min(values.size(), layer->fp32_output.size()));
  }
}

std::vector<LayerReport> LayerComparison::Report(const Session& session) const {
  const Graph& graph = session.graph();
  std::vector<LayerReport> rows;
  for (const Layer& layer : layers_) {
    const Node& node = graph.nodes[layer.node];
    const Shape& weights = graph.value(node.int8->weights).constant->shape();
    LayerReport& row = rows.emplace_back();
    row.name = node.name;
    row.op = InfoOf(node.kind).name;
    row.k = static_cast<std::size_t>(weights[0]);
    row.n = static_cast<std::size_t>(weights[1]);
    row.fp32_bytes = row.k * row.n * sizeof(float);
    row.int8_bytes = row.k * row.n + row.n * sizeof(float);
    row.sqnr_db = layer.stats.SqnrDb();
    row.cosine = layer.stats.Cosine();
    row.max_error = layer.stats.max_error;
  }
  return rows;
}

}  // namespace alice
