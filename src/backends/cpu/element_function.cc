#include "backends/cpu/element_function.h"

#include "kernels/binary_f32/for_each_row.h"

namespace alice {
namespace {

template <typename T>
ElementFunction FirstOf() {
  return ElementFunction::Of<T, T, T>([](T a, T) { return a; });
}

}  // namespace

void ElementFunction::Run(const BroadcastPlan& plan, const std::byte* a, const std::byte* b, std::byte* y) const {
  const BroadcastPlan::Axis inner = plan.axes[plan.rank - 1];
  ForEachRow(plan, [&](std::size_t a_offset, std::size_t b_offset, std::size_t y_offset) {
    row(a + a_offset * a_bytes, inner.a_stride, b + b_offset * b_bytes, inner.b_stride, inner.size,
        y + y_offset * y_bytes);
  });
}

ElementFunction FirstOperand(std::size_t bytes) {
  if (bytes == 1) return FirstOf<std::uint8_t>();
  return bytes == 4 ? FirstOf<std::uint32_t>() : FirstOf<std::uint64_t>();
}

}  // namespace alice
