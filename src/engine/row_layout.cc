#include "engine/row_layout.h"

namespace alice {
namespace {

constexpr std::size_t kWordBytes = sizeof(float);

constexpr std::size_t EvenWords(std::size_t bytes) { return (bytes + 2 * kWordBytes - 1) / (2 * kWordBytes) * 2; }

/// Its length; 1 where it is symbolic or there is none.
std::size_t LastAxis(const SymbolicShape& shape) {
  if (shape.dims.empty() || !shape.dims.back().known()) return 1;
  return static_cast<std::size_t>(shape.dims.back().size);
}

}  // namespace

std::size_t SampleElements(const Graph& graph, ValueId id) {
  std::int64_t elements = 1;
  for (const Dim& dim : graph.value(id).shape.dims) elements *= dim.known() ? dim.size : 1;
  return static_cast<std::size_t>(elements);
}

RowLayout::RowLayout(const Graph& graph, std::span<const ValueId> tensors) {
  const auto part_of = [&](std::size_t tensor) {
    const DType dtype = graph.value(tensors[tensor]).dtype;
    return Part{tensor, dtype, words_, SampleElements(graph, tensors[tensor]) * SizeOf(dtype)};
  };
  const auto is_float = [&](std::size_t tensor) { return graph.value(tensors[tensor]).dtype == DType::f32; };
  for (std::size_t tensor = 0; tensor < tensors.size(); ++tensor) {
    if (!is_float(tensor)) continue;
    parts_.push_back(part_of(tensor));
    const std::size_t elements = parts_.back().bytes / kWordBytes;
    const std::size_t classes = LastAxis(graph.value(tensors[tensor]).shape);
    if (classes > 1) scores_.push_back({words_, elements / classes, classes});
    words_ += elements;
  }
  floats_ = words_;
  if (parts_.size() == tensors.size()) return;
  words_ = EvenWords(words_ * kWordBytes);
  for (std::size_t tensor = 0; tensor < tensors.size(); ++tensor) {
    if (is_float(tensor)) continue;
    parts_.push_back(part_of(tensor));
    words_ += EvenWords(parts_.back().bytes);
  }
}

}  // namespace alice
