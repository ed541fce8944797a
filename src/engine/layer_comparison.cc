#include "engine/layer_comparison.h"

#include <algorithm>

namespace alice {

namespace {

/// What the codes of a static input span, or where a dynamic one is clipped.
std::optional<QuantRange> InputRangeOf(const QuantizedForm& form) {
  if (!form.input) return form.bound;
  const auto value = [&](int code) { return static_cast<float>(code - form.input->zero_point) * form.input->scale; };
  return QuantRange{value(0), value(255)};
}

}  // namespace

LayerComparison::LayerComparison(const Session& session, const std::vector<std::size_t>& nodes) {
  for (const std::size_t node : nodes) {
    Layer& layer = layers_.emplace_back();
    layer.node = node;
    if (session.RunsQuantized(node)) layer.input_range = InputRangeOf(*session.graph().nodes[node].quantized);
  }
}

LayerComparison::Layer* LayerComparison::Find(std::size_t node) {
  const auto found = std::ranges::find(layers_, node, &Layer::node);
  return found == layers_.end() ? nullptr : &*found;
}

void LayerComparison::Keep::OnInput(std::size_t node, const TensorView& input) {
  Layer* layer = comparison.Find(node);
  if (layer == nullptr || !layer->input_range) return;
  const auto values = input.elements<const float>();
  const QuantRange range = *layer->input_range;
  layer->inputs += values.size();
  layer->clipped += static_cast<std::uint64_t>(
      std::ranges::count_if(values, [range](float x) { return (x < range.min) | (x > range.max); }));
}

void LayerComparison::Keep::OnOutput(std::size_t node, const TensorView& output, const std::optional<QParams>&) {
  if (Layer* layer = comparison.Find(node)) {
    const auto values = output.elements<const float>();
    layer->fp32_output.assign(values.begin(), values.end());
  }
}

void LayerComparison::Compare::OnOutput(std::size_t node, const TensorView& output,
                                        const std::optional<QParams>& codes) {
  Layer* layer = comparison.Find(node);
  if (layer == nullptr) return;
  const float* values = reinterpret_cast<const float*>(output.data);
  const auto count = static_cast<std::size_t>(output.shape.elements());
  if (codes) {
    layer->decoded.clear();
    for (const std::uint8_t code : output.elements<const std::uint8_t>()) {
      layer->decoded.push_back(static_cast<float>(code - codes->zero_point) * codes->scale);
    }
    values = layer->decoded.data();
  }
  layer->stats.Add(layer->fp32_output.data(), values, std::min(count, layer->fp32_output.size()));
}

std::vector<LayerReport> LayerComparison::Report(const Session& session) const {
  const Graph& graph = session.graph();
  std::vector<LayerReport> rows;
  for (const Layer& layer : layers_) {
    const Node& node = graph.nodes[layer.node];
    const SymbolicShape& weights = graph.value(node.inputs[1]).shape;
    LayerReport& row = rows.emplace_back();
    row.name = node.name;
    row.op = InfoOf(node.kind).name;
    row.k = static_cast<std::size_t>(weights.dims[0].size);
    row.n = static_cast<std::size_t>(weights.dims[1].size);
    row.scheme = node.quantized ? SchemeText(node.quantized->scheme) : "float";
    row.fp32_bytes = row.k * row.n * sizeof(float);
    row.int8_bytes = node.quantized ? session.QuantizedBytes(layer.node) : row.fp32_bytes;
    row.input_range = layer.input_range;
    row.clip_rate = layer.inputs == 0 ? 0.0 : static_cast<double>(layer.clipped) / static_cast<double>(layer.inputs);
    row.sqnr_db = layer.stats.SqnrDb();
    row.cosine = layer.stats.Cosine();
    row.max_error = layer.stats.max_error;
  }
  return rows;
}

}  // namespace alice
