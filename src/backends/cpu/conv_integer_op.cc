#include <algorithm>

#include "backends/cpu/ops.h"
#include "ir/window.h"

namespace alice {
namespace {

/// ConvInteger: each kernel element times the pixels that it meets, added to the outputs [N, O, ...] in int32 that wraps
/// around. Padding counts as the zero point of X. A 1-D one has one row.
class ConvIntegerOp final : public Op {
 public:
  explicit ConvIntegerOp(const CompileContext& context)
      : attributes_(std::get<ConvAttributes>(context.node.attributes)),
        x_dtype_(context.input(0).dtype),
        w_dtype_(context.input(1).dtype),
        has_x_zero_point_(context.has_input(2)),
        has_w_zero_point_(context.has_input(3)) {}

  Result<std::uint64_t> Bind(const Binding& binding) override {
    const Shape& x = binding.inputs[0];
    const Shape& w = binding.inputs[1];
    WindowAttributes window = attributes_.window;
    window.kernel = Shape(w.dims().subspan(2));
    ALICE_ASSIGN_OR_RETURN(window_, Window2dOf(window, x, /*channels_last=*/false));
    samples_ = x[0];
    filters_ = w[0];
    channels_ = w[1];
    w_zero_point_step_ = has_w_zero_point_ && binding.inputs[3].elements() > 1 ? 1 : 0;
    return std::uint64_t{0};
  }

  void Run(const OpIo& io) const override {
    if (x_dtype_ == DType::u8) {
      RunOn<std::uint8_t>(io);
    } else {
      RunOn<std::int8_t>(io);
    }
  }

 private:
  template <typename X>
  void RunOn(const OpIo& io) const {
    if (w_dtype_ == DType::u8) {
      RunOn<X, std::uint8_t>(io);
    } else {
      RunOn<X, std::int8_t>(io);
    }
  }

  template <typename X, typename W>
  void RunOn(const OpIo& io) const {
    const std::int64_t pixels = window_.rows.size * window_.columns.size;
    const std::int64_t filters_per_group = filters_ / attributes_.group;
    const auto* const x = reinterpret_cast<const X*>(io.inputs[0]);
    const std::int32_t x_zero_point = has_x_zero_point_ ? *reinterpret_cast<const X*>(io.inputs[2]) : 0;
    auto* y = reinterpret_cast<std::int32_t*>(io.outputs[0]);
    for (std::int64_t sample = 0; sample < samples_; ++sample) {
      const auto* w = reinterpret_cast<const W*>(io.inputs[1]);
      for (std::int64_t filter = 0; filter < filters_; ++filter, y += window_.outputs()) {
        const std::int32_t w_zero_point =
            has_w_zero_point_ ? reinterpret_cast<const W*>(io.inputs[3])[filter * w_zero_point_step_] : 0;
        std::fill_n(y, window_.outputs(), 0);
        const std::int64_t first = sample * attributes_.group + filter / filters_per_group;
        for (std::int64_t channel = first * channels_; channel < (first + 1) * channels_; ++channel) {
          for (std::int64_t i = 0; i < window_.rows.kernel; ++i) {
            for (std::int64_t j = 0; j < window_.columns.kernel; ++j, ++w) {
              AddTap(i, j, *w - w_zero_point, x + channel * pixels, x_zero_point, y);
            }
          }
        }
      }
    }
  }

  /// Adds weight · (x − zero point) to every output whose kernel element (i, j) lies in the input.
  template <typename X>
  void AddTap(std::int64_t i, std::int64_t j, std::int32_t weight, const X* x, std::int32_t x_zero_point,
              std::int32_t* y) const {
    const auto& [rows, columns] = window_;
    const WindowAxis::Span in_rows = rows.OutputsOver(i);
    const WindowAxis::Span in_columns = columns.OutputsOver(j);
    for (std::int64_t row = in_rows.first; row < in_rows.last; ++row) {
      const X* const from = x + rows.At(row, i) * columns.size;
      std::int32_t* const to = y + row * columns.outputs;
      for (std::int64_t column = in_columns.first; column < in_columns.last; ++column) {
        const std::int32_t product = weight * (from[columns.At(column, j)] - x_zero_point);
        to[column] =
            static_cast<std::int32_t>(static_cast<std::uint32_t>(to[column]) + static_cast<std::uint32_t>(product));
      }
    }
  }

  ConvAttributes attributes_;
  DType x_dtype_, w_dtype_;
  bool has_x_zero_point_, has_w_zero_point_;
  Window2d window_;
  std::int64_t samples_ = 0, filters_ = 0;
  std::int64_t channels_ = 0;  ///< of a group
  std::int64_t w_zero_point_step_ = 0;
};

}  // namespace

CompiledOp CompileConvInteger(const CompileContext& context) {
  return std::unique_ptr<Op>(std::make_unique<ConvIntegerOp>(context));
}

}  // namespace alice
