#include "exec/partition.h"

#include <algorithm>

namespace alice {
namespace {

bool IsProduct(const SegmentNode& step) {
  const OpKind kind = step.node->kind;
  return kind == OpKind::Gemm || kind == OpKind::MatMul || kind == OpKind::Conv;
}

}  // namespace

std::vector<StepRange> Partition(std::span<const SegmentNode> steps, const Flags& runs_there) {
  std::vector<StepRange> ranges;
  for (std::size_t first = 0; first < steps.size(); ++first) {
    std::size_t end = first;
    while (end < steps.size() && runs_there[end]) ++end;
    if (std::ranges::any_of(steps.subspan(first, end - first), IsProduct)) ranges.push_back({first, end});
    first = end;
  }
  return ranges;
}

}  // namespace alice
