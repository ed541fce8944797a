#pragma once

#include <algorithm>
#include <cstddef>
#include <limits>

#include "backends/cpu/fold_row.h"
#include "backends/cpu/reduce_plan.h"
#include "ir/reduction.h"
#include "numeric/elementary.h"
#include "tensor/dtype.h"

namespace alice {

/// y = combine over the reduced elements of map(x), of floats. `shifts`: of the exponential map, one for each element of y.
using ReduceFunction = void (*)(const ReducePlan& plan, const float* x, const float* shifts, float* y);

/// The same of integers, which wrap around; of no exponential.
void ReduceIntegers(const Reduction& reduction, DType dtype, const ReducePlan& plan, const std::byte* x, std::byte* y);

template <ReductionMap kMap, ReductionCombine kCombine>
struct Reducer {
  static constexpr float Start() {
    constexpr float kInfinity = std::numeric_limits<float>::infinity();
    if constexpr (kCombine == ReductionCombine::sum) return 0.0f;
    if constexpr (kCombine == ReductionCombine::product) return 1.0f;
    if constexpr (kCombine == ReductionCombine::max) return -kInfinity;
    if constexpr (kCombine == ReductionCombine::min) return kInfinity;
  }
  static float Mapped(float x, float shift) {
    if constexpr (kMap == ReductionMap::absolute) return x < 0.0f ? -x : x;
    if constexpr (kMap == ReductionMap::square) return x * x;
    if constexpr (kMap == ReductionMap::exponential) return Exp(x - shift);
    return x;
  }
  static float Combined(float a, float b) {
    if constexpr (kCombine == ReductionCombine::sum) return a + b;
    if constexpr (kCombine == ReductionCombine::product) return a * b;
    if constexpr (kCombine == ReductionCombine::max) return b > a ? b : a;
    if constexpr (kCombine == ReductionCombine::min) return b < a ? b : a;
  }

  static void Run(const ReducePlan& plan, const float* x, const float* shifts, float* y) {
    std::fill_n(y, plan.y_elements, Start());
    const auto shift = [&](std::size_t at) { return kMap == ReductionMap::exponential ? shifts[at] : 0.0f; };
    const std::size_t inner = plan.inner().size;
    if (plan.inner().y_stride == 0) {
      ForEachStretch(plan, [&](std::size_t from, std::size_t to) {
        const auto map = [by = shift(to)](float element) { return Mapped(element, by); };
        y[to] = Combined(y[to], FoldRow(x + from, inner, Start(), map, Combined));
      });
    } else {
      ForEachStretch(plan, [&](std::size_t from, std::size_t to) {
        for (std::size_t i = 0; i < inner; ++i) y[to + i] = Combined(y[to + i], Mapped(x[from + i], shift(to + i)));
      });
    }
  }
};

inline ReduceFunction ReducerOf(const Reduction& reduction) {
  using enum ReductionMap;
  switch (reduction.combine) {
    case ReductionCombine::max:
      return Reducer<identity, ReductionCombine::max>::Run;
    case ReductionCombine::min:
      return Reducer<identity, ReductionCombine::min>::Run;
    case ReductionCombine::product:
      return Reducer<identity, ReductionCombine::product>::Run;
    case ReductionCombine::sum:
      break;
  }
  if (reduction.map == absolute) return Reducer<absolute, ReductionCombine::sum>::Run;
  if (reduction.map == square) return Reducer<square, ReductionCombine::sum>::Run;
  if (reduction.map == exponential) return Reducer<exponential, ReductionCombine::sum>::Run;
  return Reducer<identity, ReductionCombine::sum>::Run;
}

}  // namespace alice
