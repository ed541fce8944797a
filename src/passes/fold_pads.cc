#include <algorithm>

#include "passes/passes.h"
#include "passes/rewrite.h"

namespace alice {
namespace {

bool PadsWithZero(const Graph& graph, const Node& pad) {
  const auto& attributes = std::get<PadAttributes>(pad.attributes);
  if (attributes.mode != PadMode::constant) return false;
  if (pad.inputs.size() < 3 || pad.inputs[2] == kNoValue) return attributes.value == 0.0f;
  const Value& constant = graph.value(pad.inputs[2]);
  return constant.constant && !constant.constant->released() && constant.constant->elements<const float>()[0] == 0.0f;
}

/// `pads` of the spatial axes (beginnings, then ends) with those of `pad` added, or nothing where it has others.
std::optional<Shape> WithPads(Shape pads, const PadAttributes& pad, std::size_t rank) {
  const std::size_t spatial = rank - 2;
  if (2 * spatial > kMaxRank) return std::nullopt;
  while (pads.rank() < 2 * spatial) pads.Append(0);
  for (std::size_t i = 0; i < pad.axes.rank(); ++i) {
    const std::int64_t axis = (pad.axes[i] < 0 ? pad.axes[i] + static_cast<std::int64_t>(rank) : pad.axes[i]) - 2;
    if (pad.begins[i] == 0 && pad.ends[i] == 0) continue;
    if (axis < 0 || pad.begins[i] < 0 || pad.ends[i] < 0) return std::nullopt;
    const auto begin = static_cast<std::size_t>(axis);
    pads.set(begin, pads[begin] + pad.begins[i]);
    pads.set(begin + spatial, pads[begin + spatial] + pad.ends[i]);
  }
  return pads;
}

}  // namespace

Status FoldPads(Graph& graph, MemoryBudget& budget) {
  Rewriter rewriter(graph, budget);
  return rewriter.ForEachNode([&](Node node) -> Status {
    auto* const conv = std::get_if<ConvAttributes>(&node.attributes);
    const Node* const pad = conv == nullptr ? nullptr : rewriter.ProducerOf(node.inputs[0]);
    const bool can_take = pad != nullptr && pad->kind == OpKind::Pad && node.kind == OpKind::Conv &&
                          !conv->channels_last && PadsWithZero(graph, *pad) &&
                          (conv->window.auto_pad == AutoPad::notset || conv->window.auto_pad == AutoPad::valid);
    if (can_take) {
      const Shape own = conv->window.auto_pad == AutoPad::notset ? conv->window.pads : Shape();
      const std::size_t rank = graph.value(node.inputs[0]).shape.rank();
      if (const auto pads = WithPads(own, std::get<PadAttributes>(pad->attributes), rank)) {
        conv->window.pads = *pads;
        conv->window.auto_pad = AutoPad::notset;
        node.inputs[0] = pad->inputs[0];
      }
    }
    rewriter.Emit(std::move(node));
    return {};
  });
}

}  // namespace alice
