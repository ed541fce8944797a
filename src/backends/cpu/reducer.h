#pragma once

#include <algorithm>
#include <cstddef>
#include <limits>
#include <type_traits>

#include "backends/cpu/fold_row.h"
#include "backends/cpu/reduce_plan.h"
#include "ir/reduction.h"
#include "numeric/elementary.h"
#include "tensor/dtype.h"

namespace alice {

/// y = combine over the reduced elements of map(x). `shifts`: of the exponential map, one for each element of y.
using ReduceFunction = void (*)(const ReducePlan& plan, const void* x, const void* shifts, void* y);

/// That of a type of integers, compiled for size; without a function for what the type rules refuse.
ReduceFunction IntegerReducerOf(const Reduction& reduction, DType dtype);

template <typename T>
T Sum(T a, T b) {
  if constexpr (std::is_integral_v<T>) {
    using Bits = std::make_unsigned_t<T>;
    return static_cast<T>(static_cast<Bits>(a) + static_cast<Bits>(b));
  } else {
    return a + b;
  }
}

template <typename T>
T Product(T a, T b) {
  if constexpr (std::is_integral_v<T>) {
    using Bits = std::make_unsigned_t<T>;
    return static_cast<T>(static_cast<Bits>(a) * static_cast<Bits>(b));
  } else {
    return a * b;
  }
}

template <ReductionMap kMap, ReductionCombine kCombine, typename T>
struct Reducer {
  static constexpr T Start() {
    using Limits = std::numeric_limits<T>;
    if constexpr (kCombine == ReductionCombine::sum) return T{0};
    if constexpr (kCombine == ReductionCombine::product) return T{1};
    if constexpr (kCombine == ReductionCombine::max) return Limits::has_infinity ? -Limits::infinity() : Limits::min();
    if constexpr (kCombine == ReductionCombine::min) return Limits::has_infinity ? Limits::infinity() : Limits::max();
  }
  static T Mapped(T x, T shift) {
    if constexpr (kMap == ReductionMap::absolute) return x < T{0} ? Sum(T{0}, Product(T{-1}, x)) : x;
    if constexpr (kMap == ReductionMap::square) return Product(x, x);
    if constexpr (kMap == ReductionMap::exponential) return Exp(x - shift);
    return x;
  }
  static T Combined(T a, T b) {
    if constexpr (kCombine == ReductionCombine::sum) return Sum(a, b);
    if constexpr (kCombine == ReductionCombine::product) return Product(a, b);
    if constexpr (kCombine == ReductionCombine::max) return b > a ? b : a;
    if constexpr (kCombine == ReductionCombine::min) return b < a ? b : a;
  }

  static void Run(const ReducePlan& plan, const void* x_data, const void* shift_data, void* y_data) {
    const T* const x = static_cast<const T*>(x_data);
    const T* const shifts = static_cast<const T*>(shift_data);
    T* const y = static_cast<T*>(y_data);
    std::fill_n(y, plan.y_elements, Start());
    const auto shift = [&](std::size_t at) { return kMap == ReductionMap::exponential ? shifts[at] : T{0}; };
    const std::size_t inner = plan.inner().size;
    if (plan.inner().y_stride == 0) {
      ForEachStretch(plan, [&](std::size_t from, std::size_t to) {
        const auto map = [by = shift(to)](T element) { return Mapped(element, by); };
        y[to] = Combined(y[to], FoldRow(x + from, inner, Start(), map, Combined));
      });
    } else {
      ForEachStretch(plan, [&](std::size_t from, std::size_t to) {
        for (std::size_t i = 0; i < inner; ++i) y[to + i] = Combined(y[to + i], Mapped(x[from + i], shift(to + i)));
      });
    }
  }
};

/// That of elements of type T; null for an exponential of integers.
template <typename T>
ReduceFunction ReducerOf(const Reduction& reduction) {
  using enum ReductionMap;
  switch (reduction.combine) {
    case ReductionCombine::max:
      return Reducer<identity, ReductionCombine::max, T>::Run;
    case ReductionCombine::min:
      return Reducer<identity, ReductionCombine::min, T>::Run;
    case ReductionCombine::product:
      if constexpr (sizeof(T) > 1) return Reducer<identity, ReductionCombine::product, T>::Run;
      break;
    case ReductionCombine::sum:
      if constexpr (sizeof(T) > 1) {
        if (reduction.map == absolute) return Reducer<absolute, ReductionCombine::sum, T>::Run;
        if (reduction.map == square) return Reducer<square, ReductionCombine::sum, T>::Run;
        if (reduction.map == identity) return Reducer<identity, ReductionCombine::sum, T>::Run;
      }
      if constexpr (std::is_same_v<T, float>) return Reducer<exponential, ReductionCombine::sum, T>::Run;
      break;
  }
  return nullptr;
}

}  // namespace alice
