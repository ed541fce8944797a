#include <algorithm>
#include <cmath>

#include "backends/cpu/fold_row.h"
#include "backends/cpu/ops.h"
#include "backends/cpu/reduce_plan.h"

namespace alice {
namespace {

/// sums = Σ map(x, y offset) along the reduced axes of the plan.
template <typename Map>
void SumAxes(const ReducePlan& plan, const float* x, const Map& map, float* sums) {
  std::fill_n(sums, plan.y_elements, 0.0f);
  const std::size_t inner = plan.inner().size;
  if (plan.inner().y_stride == 0) {
    ForEachStretch(plan, [&](std::size_t from, std::size_t to) {
      sums[to] += SumRow(x + from, inner, [&](float e) { return map(e, to); });
    });
  } else {
    ForEachStretch(plan, [&](std::size_t from, std::size_t to) {
      for (std::size_t i = 0; i < inner; ++i) sums[to + i] += map(x[from + i], to + i);
    });
  }
}

/// y = map(x, y offset of the plan) for every element.
template <typename Map>
void MapAxes(const ReducePlan& plan, const float* x, const Map& map, float* y) {
  const auto [inner, stride] = plan.inner();
  ForEachStretch(plan, [&, size = inner, step = stride](std::size_t from, std::size_t to) {
    for (std::size_t i = 0; i < size; ++i) y[from + i] = map(x[from + i], to + i * step);
  });
}

class MeanVarianceOp final : public Op {
 public:
  explicit MeanVarianceOp(const CompileContext& context)
      : axes_{std::get<MeanVarianceAttributes>(context.node.attributes).axes, true, true} {}

  Result<std::uint64_t> Bind(const Binding& binding) override {
    plan_ = PlanReduction(binding.inputs[0], ReducedAxes(axes_, binding.inputs[0].rank()));
    return std::uint64_t{plan_.y_elements} * 2 * sizeof(float);
  }

  void Run(const OpIo& io) const override {
    constexpr float kEpsilon = 1e-9f;
    const auto* const x = reinterpret_cast<const float*>(io.inputs[0]);
    auto* const mean = reinterpret_cast<float*>(io.scratch);
    float* const deviation = mean + plan_.y_elements;
    const auto count = static_cast<float>(plan_.count());
    SumAxes(plan_, x, [](float e, std::size_t) { return e; }, mean);
    for (std::size_t i = 0; i < plan_.y_elements; ++i) mean[i] /= count;
    SumAxes(plan_, x, [=](float e, std::size_t at) { return (e - mean[at]) * (e - mean[at]); }, deviation);
    for (std::size_t i = 0; i < plan_.y_elements; ++i) deviation[i] = std::sqrt(deviation[i] / count) + kEpsilon;
    MapAxes(
        plan_, x, [=](float e, std::size_t at) { return (e - mean[at]) / deviation[at]; },
        reinterpret_cast<float*>(io.outputs[0]));
  }

 private:
  ReduceAttributes axes_;
  ReducePlan plan_;
};

/// Where the norm is 0, so is y.
class LpNormalizationOp final : public Op {
 public:
  explicit LpNormalizationOp(const CompileContext& context)
      : attributes_(std::get<LpNormalizationAttributes>(context.node.attributes)) {}

  Result<std::uint64_t> Bind(const Binding& binding) override {
    const Shape& x = binding.inputs[0];
    plan_ = PlanReduction(x, ReducedAxes({.axes = {attributes_.axis}}, x.rank()));
    return std::uint64_t{plan_.y_elements} * sizeof(float);
  }

  void Run(const OpIo& io) const override {
    const auto* const x = reinterpret_cast<const float*>(io.inputs[0]);
    auto* const norm = reinterpret_cast<float*>(io.scratch);
    if (attributes_.p == 1) {
      SumAxes(plan_, x, [](float e, std::size_t) { return std::fabs(e); }, norm);
    } else {
      SumAxes(plan_, x, [](float e, std::size_t) { return e * e; }, norm);
      for (std::size_t i = 0; i < plan_.y_elements; ++i) norm[i] = std::sqrt(norm[i]);
    }
    MapAxes(
        plan_, x, [=](float e, std::size_t at) { return norm[at] == 0.0f ? 0.0f : e / norm[at]; },
        reinterpret_cast<float*>(io.outputs[0]));
  }

 private:
  LpNormalizationAttributes attributes_;
  ReducePlan plan_;
};

}  // namespace

CompiledOp CompileMeanVarianceNormalization(const CompileContext& context) {
  return std::unique_ptr<Op>(std::make_unique<MeanVarianceOp>(context));
}

CompiledOp CompileLpNormalization(const CompileContext& context) {
  return std::unique_ptr<Op>(std::make_unique<LpNormalizationOp>(context));
}

}  // namespace alice
