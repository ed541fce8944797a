#include <cmath>

#include "backends/cpu/fold_row.h"
#include "backends/cpu/ops.h"

namespace alice {
namespace {

/// Instance-, Group- and LayerNormalization: x as rows, each to zero mean and unit variance, then scaled and shifted,
/// in stretches by one number each, or (LayerNormalization) element by element.
class NormalizationOp final : public Op {
 public:
  explicit NormalizationOp(const CompileContext& context)
      : kind_(context.node.kind),
        attributes_(std::get<NormalizationAttributes>(context.node.attributes)),
        has_shift_(context.has_input(2)),
        output_count_(context.node.outputs.size()) {}

  Result<std::uint64_t> Bind(const Binding& binding) override {
    const Shape& x = binding.inputs[0];
    if (kind_ == OpKind::LayerNormalization) {
      const auto rank = static_cast<std::int64_t>(x.rank());
      const auto axis = static_cast<std::size_t>(attributes_.axis < 0 ? attributes_.axis + rank : attributes_.axis);
      rows_ = static_cast<std::size_t>(x.Product(0, axis));
      row_ = static_cast<std::size_t>(x.Product(axis, x.rank()));
      return std::uint64_t{0};
    }
    const auto channels = static_cast<std::size_t>(x[1]);
    const auto inner = static_cast<std::size_t>(x.Product(2, x.rank()));
    const std::size_t groups =
        kind_ == OpKind::GroupNormalization ? static_cast<std::size_t>(attributes_.groups) : channels;
    rows_ = static_cast<std::size_t>(x[0]) * groups;
    row_ = groups == 0 ? 0 : channels / groups * inner;
    stretch_ = attributes_.scales_of_groups ? row_ : inner;
    scales_ = attributes_.scales_of_groups ? groups : channels;
    return std::uint64_t{0};
  }

  void Run(const OpIo& io) const override {
    const auto* x = reinterpret_cast<const float*>(io.inputs[0]);
    const auto* scale = reinterpret_cast<const float*>(io.inputs[1]);
    const auto* shift = has_shift_ ? reinterpret_cast<const float*>(io.inputs[2]) : nullptr;
    auto* y = reinterpret_cast<float*>(io.outputs[0]);
    if (row_ == 0) return;
    std::size_t first_scale = 0;
    for (std::size_t row = 0; row < rows_; ++row, x += row_, y += row_) {
      const Statistics statistics = StatisticsOf(x);
      if (output_count_ > 1) reinterpret_cast<float*>(io.outputs[1])[row] = statistics.mean;
      if (output_count_ > 2) reinterpret_cast<float*>(io.outputs[2])[row] = statistics.inverse;
      if (kind_ == OpKind::LayerNormalization) {
        ScaleElements(statistics, x, scale, shift, y);
      } else {
        ScaleStretches(statistics, x, scale + first_scale, shift + first_scale, y);
        first_scale = (first_scale + row_ / stretch_) % scales_;
      }
    }
  }

 private:
  struct Statistics {
    float mean, inverse;  ///< 1 / √(variance + epsilon)
  };

  [[nodiscard]] Statistics StatisticsOf(const float* x) const {
    const auto count = static_cast<float>(row_);
    const float mean = SumRow(x, row_, [](float e) { return e; }) / count;
    const float variance = SumRow(x, row_, [mean](float e) { return (e - mean) * (e - mean); }) / count;
    return {mean, 1.0f / std::sqrt(variance + attributes_.epsilon)};
  }

  void ScaleElements(const Statistics& statistics, const float* x, const float* scale, const float* shift,
                     float* y) const {
    const auto [mean, inverse] = statistics;
    for (std::size_t i = 0; i < row_; ++i) y[i] = (x[i] - mean) * inverse * scale[i];
    if (shift == nullptr) return;
    for (std::size_t i = 0; i < row_; ++i) y[i] += shift[i];
  }

  void ScaleStretches(const Statistics& statistics, const float* x, const float* scale, const float* shift,
                      float* y) const {
    for (std::size_t first = 0; first < row_; first += stretch_, ++scale, ++shift) {
      const float factor = statistics.inverse * *scale;
      for (std::size_t i = first; i < first + stretch_; ++i) y[i] = (x[i] - statistics.mean) * factor + *shift;
    }
  }

  OpKind kind_;
  NormalizationAttributes attributes_;
  bool has_shift_;
  std::size_t output_count_;
  std::size_t rows_ = 0, row_ = 0;
  std::size_t stretch_ = 1, scales_ = 1;
};

/// With statistics that come as inputs: each channel of x [samples, channels, inner] is one multiplication and addition.
class BatchNormalizationOp final : public Op {
 public:
  explicit BatchNormalizationOp(const CompileContext& context)
      : epsilon_(std::get<BatchNormalizationAttributes>(context.node.attributes).epsilon) {}

  Result<std::uint64_t> Bind(const Binding& binding) override {
    const Shape& x = binding.inputs[0];
    samples_ = static_cast<std::size_t>(x[0]);
    channels_ = static_cast<std::size_t>(x[1]);
    inner_ = static_cast<std::size_t>(x.Product(2, x.rank()));
    return std::uint64_t{0};
  }

  void Run(const OpIo& io) const override {
    const auto in = [&](std::size_t index) { return reinterpret_cast<const float*>(io.inputs[index]); };
    const float* x = in(0);
    auto* y = reinterpret_cast<float*>(io.outputs[0]);
    for (std::size_t sample = 0; sample < samples_; ++sample) {
      for (std::size_t c = 0; c < channels_; ++c, x += inner_, y += inner_) {
        const float factor = in(1)[c] / std::sqrt(in(4)[c] + epsilon_);
        const float mean = in(3)[c];
        const float shift = in(2)[c];
        for (std::size_t i = 0; i < inner_; ++i) y[i] = (x[i] - mean) * factor + shift;
      }
    }
  }

 private:
  float epsilon_;
  std::size_t samples_ = 0, channels_ = 0, inner_ = 0;
};

}  // namespace

CompiledOp CompileNormalization(const CompileContext& context) {
  return std::unique_ptr<Op>(std::make_unique<NormalizationOp>(context));
}

CompiledOp CompileBatchNormalization(const CompileContext& context) {
  return std::unique_ptr<Op>(std::make_unique<BatchNormalizationOp>(context));
}

}  // namespace alice
