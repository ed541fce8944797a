#include <algorithm>
#include <cmath>
#include <limits>
#include <type_traits>

#include "backends/cpu/fold_row.h"
#include "backends/cpu/ops.h"
#include "backends/cpu/reduce_plan.h"
#include "ir/reduction.h"
#include "numeric/elementary.h"

namespace alice {
namespace {

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

  /// `shifts`: of the exponential map, one for each element of y.
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

using ReduceFunction = void (*)(const ReducePlan& plan, const void* x, const void* shifts, void* y);

template <ReductionMap kMap, ReductionCombine kCombine>
ReduceFunction ArithmeticFor(DType dtype) {
  if (dtype == DType::i32) return Reducer<kMap, kCombine, std::int32_t>::Run;
  if (dtype == DType::i64) return Reducer<kMap, kCombine, std::int64_t>::Run;
  return Reducer<kMap, kCombine, float>::Run;
}

template <ReductionCombine kCombine>
ReduceFunction PickFor(DType dtype) {
  // A boolean is one byte, 0 or 1.
  if (dtype == DType::u8 || dtype == DType::boolean) {
    return Reducer<ReductionMap::identity, kCombine, std::uint8_t>::Run;
  }
  if (dtype == DType::s8) return Reducer<ReductionMap::identity, kCombine, std::int8_t>::Run;
  return ArithmeticFor<ReductionMap::identity, kCombine>(dtype);
}

ReduceFunction SumFor(ReductionMap map, DType dtype) {
  switch (map) {
    case ReductionMap::identity:
      return ArithmeticFor<ReductionMap::identity, ReductionCombine::sum>(dtype);
    case ReductionMap::absolute:
      return ArithmeticFor<ReductionMap::absolute, ReductionCombine::sum>(dtype);
    case ReductionMap::square:
      return ArithmeticFor<ReductionMap::square, ReductionCombine::sum>(dtype);
    case ReductionMap::exponential:
      return Reducer<ReductionMap::exponential, ReductionCombine::sum, float>::Run;
  }
  return nullptr;
}

ReduceFunction FunctionFor(const Reduction& reduction, DType dtype) {
  switch (reduction.combine) {
    case ReductionCombine::sum:
      return SumFor(reduction.map, dtype);
    case ReductionCombine::product:
      return ArithmeticFor<ReductionMap::identity, ReductionCombine::product>(dtype);
    case ReductionCombine::max:
      return PickFor<ReductionCombine::max>(dtype);
    case ReductionCombine::min:
      return PickFor<ReductionCombine::min>(dtype);
  }
  return nullptr;
}

/// Integers truncate towards zero, and have no mean of nothing: 0.
template <typename T>
void DivideAll(void* data, std::size_t n, std::size_t count) {
  T* const y = static_cast<T*>(data);
  const auto divisor = static_cast<T>(count);
  if (std::is_integral_v<T> && count == 0) return;
  for (std::size_t i = 0; i < n; ++i) y[i] /= divisor;
}

class ReduceOp final : public Op {
 public:
  explicit ReduceOp(const CompileContext& context)
      : attributes_(std::get<ReduceAttributes>(context.node.attributes)),
        reduction_(ReductionOf(context.node.kind)),
        dtype_(context.input(0).dtype),
        run_(FunctionFor(reduction_, dtype_)) {
    if (attributes_.axes.rank() > 0 || !attributes_.noop_without_axes) return;
    reduction_ = {};
    run_ = PickFor<ReductionCombine::max>(dtype_);  // of each element alone: a copy
  }

  Result<std::uint64_t> Bind(const Binding& binding) override {
    const Shape& x = binding.inputs[0];
    plan_ = PlanReduction(x, ReducedAxes(attributes_, x.rank()));
    return is_shifted() ? std::uint64_t{plan_.y_elements} * sizeof(float) : std::uint64_t{0};
  }

  void Run(const OpIo& io) const override {
    auto* const shifts = reinterpret_cast<float*>(io.scratch);
    if (is_shifted()) {
      PickFor<ReductionCombine::max>(DType::f32)(plan_, io.inputs[0], nullptr, shifts);
      // Nothing is to be shifted by infinity: e^(−∞) is 0, e^∞ is ∞.
      std::replace_if(shifts, shifts + plan_.y_elements, [](float x) { return std::isinf(x); }, 0.0f);
    }
    run_(plan_, io.inputs[0], shifts, io.outputs[0]);
    Finish(io.outputs[0], shifts);
  }

 private:
  [[nodiscard]] bool is_shifted() const { return reduction_.map == ReductionMap::exponential; }

  void Finish(std::byte* data, const float* shifts) const {
    auto* const y = reinterpret_cast<float*>(data);
    const std::size_t n = plan_.y_elements;
    switch (reduction_.finish) {
      case ReductionFinish::none:
        return;
      case ReductionFinish::mean:
        return Divide(data);
      case ReductionFinish::root:
        for (std::size_t i = 0; i < n; ++i) y[i] = std::sqrt(y[i]);
        return;
      case ReductionFinish::log:
        for (std::size_t i = 0; i < n; ++i) y[i] = std::log(y[i]) + (is_shifted() ? shifts[i] : 0.0f);
        return;
    }
  }

  void Divide(std::byte* data) const {
    const std::size_t n = plan_.y_elements;
    const std::size_t count = plan_.count();
    if (dtype_ == DType::i32) return DivideAll<std::int32_t>(data, n, count);
    if (dtype_ == DType::i64) return DivideAll<std::int64_t>(data, n, count);
    DivideAll<float>(data, n, count);
  }

  ReduceAttributes attributes_;
  Reduction reduction_;
  DType dtype_;
  ReduceFunction run_;
  ReducePlan plan_;
};

}  // namespace

CompiledOp CompileReduction(const CompileContext& context) {
  return std::unique_ptr<Op>(std::make_unique<ReduceOp>(context));
}

}  // namespace alice
