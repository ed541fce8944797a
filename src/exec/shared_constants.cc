#include "exec/shared_constants.h"

#include <algorithm>
#include <cstring>
#include <numeric>

#include "base/flags.h"
#include "base/sort_ids.h"

namespace alice {
namespace {

/// Less, equal or more than 0, by type, shape and bytes.
int Compare(const Tensor& a, const Tensor& b) {
  if (a.dtype() != b.dtype()) return a.dtype() < b.dtype() ? -1 : 1;
  const auto a_dims = a.shape().dims();
  const auto b_dims = b.shape().dims();
  if (!std::ranges::equal(a_dims, b_dims)) return std::ranges::lexicographical_compare(a_dims, b_dims) ? -1 : 1;
  return a.bytes() == 0 ? 0 : std::memcmp(a.view().data, b.view().data, a.bytes());
}

/// For each value the one that stands for it.
std::vector<ValueId> FindEqual(const Graph& graph) {
  std::vector<ValueId> same(graph.values.size());
  std::iota(same.begin(), same.end(), 0);
  Flags is_output(graph.values.size(), false);
  for (const ValueId id : graph.outputs) is_output[static_cast<std::size_t>(id)] = true;
  std::vector<ValueId> constants;
  std::ranges::copy_if(same, std::back_inserter(constants), [&](ValueId id) {
    return graph.IsConstant(id) && !graph.value(id).constant->released() && !is_output[static_cast<std::size_t>(id)];
  });
  const auto compare = [&](ValueId a, ValueId b) {
    return Compare(*graph.value(a).constant, *graph.value(b).constant);
  };
  SortIds(constants, [&](ValueId a, ValueId b) {
    const int order = compare(a, b);
    return order != 0 ? order < 0 : a < b;
  });
  for (std::size_t i = 1; i < constants.size(); ++i) {
    if (compare(constants[i - 1], constants[i]) != 0) continue;
    same[static_cast<std::size_t>(constants[i])] = same[static_cast<std::size_t>(constants[i - 1])];
  }
  return same;
}

}  // namespace

void ShareEqualConstants(Graph& graph) {
  const std::vector<ValueId> same = FindEqual(graph);
  const auto redirect = [&](ValueId& id) {
    if (id != kNoValue) id = same[static_cast<std::size_t>(id)];
  };
  for (Node& node : graph.nodes) {
    std::ranges::for_each(node.inputs, redirect);
    if (node.quantized) QuantizedForm::ForEachValue(*node.quantized, redirect);
  }
  for (std::size_t index = 0; index < same.size(); ++index) {
    if (same[index] != static_cast<ValueId>(index)) graph.values[index].constant->Release();
  }
}

}  // namespace alice
