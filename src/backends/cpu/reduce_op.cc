#include <algorithm>
#include <cmath>
#include <type_traits>

#include "backends/cpu/ops.h"
#include "backends/cpu/reducer.h"

namespace alice {
namespace {

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
        dtype_(context.input(0).dtype) {
    if (attributes_.axes.rank() > 0 || !attributes_.noop_without_axes) return;
    reduction_ = {.combine = ReductionCombine::max};  // of each element alone: a copy
  }

  Result<std::uint64_t> Bind(const Binding& binding) override {
    const Shape& x = binding.inputs[0];
    plan_ = PlanReduction(x, ReducedAxes(attributes_, x.rank()));
    return is_shifted() ? std::uint64_t{plan_.y_elements} * sizeof(float) : std::uint64_t{0};
  }

  void Run(const OpIo& io) const override {
    if (dtype_ != DType::f32) {
      ReduceIntegers(reduction_, dtype_, plan_, io.inputs[0], io.outputs[0]);
      return Finish(io.outputs[0], nullptr);
    }
    const auto* const x = reinterpret_cast<const float*>(io.inputs[0]);
    auto* const shifts = reinterpret_cast<float*>(io.scratch);
    if (is_shifted()) {
      ReducerOf({.combine = ReductionCombine::max})(plan_, x, nullptr, shifts);
      // Nothing is to be shifted by infinity: e^(−∞) is 0, e^∞ is ∞.
      std::replace_if(shifts, shifts + plan_.y_elements, [](float shift) { return std::isinf(shift); }, 0.0f);
    }
    ReducerOf(reduction_)(plan_, x, shifts, reinterpret_cast<float*>(io.outputs[0]));
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
  ReducePlan plan_;
};

}  // namespace

CompiledOp CompileReduction(const CompileContext& context) {
  return std::unique_ptr<Op>(std::make_unique<ReduceOp>(context));
}

}  // namespace alice
