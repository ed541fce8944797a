#include "backends/cpu/integer_elements.h"
#include "backends/cpu/reducer.h"

namespace alice {
namespace {

std::int64_t Start(ReductionCombine combine, DType dtype) {
  switch (combine) {
    case ReductionCombine::sum:
      return 0;
    case ReductionCombine::product:
      return 1;
    case ReductionCombine::max:
      return IntegerBoundsOf(dtype).lowest;
    case ReductionCombine::min:
      return IntegerBoundsOf(dtype).highest;
  }
  return 0;
}

std::int64_t Product(std::int64_t a, std::int64_t b) {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(a) * static_cast<std::uint64_t>(b));
}

std::int64_t Mapped(ReductionMap map, std::int64_t x) {
  if (map == ReductionMap::square) return Product(x, x);
  return map == ReductionMap::absolute && x < 0 ? Product(-1, x) : x;
}

std::int64_t Combined(ReductionCombine combine, std::int64_t a, std::int64_t b) {
  switch (combine) {
    case ReductionCombine::sum:
      return static_cast<std::int64_t>(static_cast<std::uint64_t>(a) + static_cast<std::uint64_t>(b));
    case ReductionCombine::product:
      return Product(a, b);
    case ReductionCombine::max:
      return b > a ? b : a;
    case ReductionCombine::min:
      return b < a ? b : a;
  }
  return a;
}

}  // namespace

void ReduceIntegers(const Reduction& reduction, DType dtype, const ReducePlan& plan, const std::byte* x, std::byte* y) {
  const std::int64_t start = Start(reduction.combine, dtype);
  for (std::size_t i = 0; i < plan.y_elements; ++i) WriteInteger(dtype, y, i, start);
  const ReducePlan::Axis inner = plan.inner();
  ForEachStretch(plan, [&](std::size_t from, std::size_t to) {
    for (std::size_t i = 0; i < inner.size; ++i) {
      const std::size_t at = to + i * inner.y_stride;
      const std::int64_t mapped = Mapped(reduction.map, ReadInteger(dtype, x, from + i));
      WriteInteger(dtype, y, at, Combined(reduction.combine, ReadInteger(dtype, y, at), mapped));
    }
  });
}

}  // namespace alice
