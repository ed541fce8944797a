#include <type_traits>

#include "backends/cpu/ops.h"
#include "kernels/quantize_u8/quantize_u8.h"
#include "numeric/qparams.h"

namespace alice {
namespace {

/// A tensor as [outer, channels, inner], each channel with its scale and zero point; one channel where those are for
/// the whole tensor.
class Channels {
 public:
  Channels() = default;
  Channels(const Shape& x, const Shape& scale, std::int64_t axis)
      : channels_(static_cast<std::size_t>(scale.elements())), inner_(static_cast<std::size_t>(x.elements())) {
    if (channels_ == 1) return;
    const auto at = static_cast<std::size_t>(axis < 0 ? axis + static_cast<std::int64_t>(x.rank()) : axis);
    outer_ = static_cast<std::size_t>(x.Product(0, at));
    inner_ = static_cast<std::size_t>(x.Product(at + 1, x.rank()));
  }

  /// Calls run(first element, number of elements, QParams) for each run of elements with the same parameters.
  template <typename ZeroPoint, typename Run>
  void ForEachRun(const std::byte* scales, const std::byte* zero_points, const Run& run) const {
    const auto* scale = reinterpret_cast<const float*>(scales);
    const auto* zero_point = reinterpret_cast<const ZeroPoint*>(zero_points);
    for (std::size_t outer = 0; outer < outer_; ++outer) {
      for (std::size_t c = 0; c < channels_; ++c) {
        const std::int32_t zero = zero_point == nullptr ? 0 : std::int32_t{zero_point[c]};
        run((outer * channels_ + c) * inner_, inner_, QParams{scale[c], zero});
      }
    }
  }

 private:
  std::size_t outer_ = 1, channels_ = 1, inner_ = 0;
};

template <typename Code>
class QuantizeLinearOp final : public Op {
 public:
  explicit QuantizeLinearOp(const CompileContext& context)
      : quantize_u8_(SelectQuantizeF32U8(context.isa)),
        axis_(std::get<QuantizeLinearAttributes>(context.node.attributes).axis),
        has_zero_points_(context.has_input(2)) {}

  Result<std::uint64_t> Bind(const Binding& binding) override {
    channels_ = Channels(binding.inputs[0], binding.inputs[1], axis_);
    return std::uint64_t{0};
  }

  void Run(const OpIo& io) const override {
    const auto* x = reinterpret_cast<const float*>(io.inputs[0]);
    auto* y = reinterpret_cast<Code*>(io.outputs[0]);
    const std::byte* zero_points = has_zero_points_ ? io.inputs[2] : nullptr;
    channels_.ForEachRun<Code>(io.inputs[1], zero_points, [&](std::size_t first, std::size_t count, QParams qparams) {
      if constexpr (std::is_same_v<Code, std::uint8_t>) {
        quantize_u8_.run(x + first, count, qparams, y + first);
      } else {
        for (std::size_t i = first; i < first + count; ++i) y[i] = QuantizeSigned(x[i], qparams, 8);
      }
    });
  }

 private:
  const QuantizeF32U8Kernel& quantize_u8_;
  std::int64_t axis_;
  bool has_zero_points_;
  Channels channels_;
};

template <typename Code>
class DequantizeLinearOp final : public Op {
 public:
  explicit DequantizeLinearOp(const CompileContext& context)
      : axis_(std::get<DequantizeLinearAttributes>(context.node.attributes).axis),
        has_zero_points_(context.has_input(2)) {}

  Result<std::uint64_t> Bind(const Binding& binding) override {
    channels_ = Channels(binding.inputs[0], binding.inputs[1], axis_);
    return std::uint64_t{0};
  }

  void Run(const OpIo& io) const override {
    const auto* x = reinterpret_cast<const Code*>(io.inputs[0]);
    auto* y = reinterpret_cast<float*>(io.outputs[0]);
    const std::byte* zero_points = has_zero_points_ ? io.inputs[2] : nullptr;
    channels_.ForEachRun<Code>(io.inputs[1], zero_points, [&](std::size_t first, std::size_t count, QParams qparams) {
      for (std::size_t i = first; i < first + count; ++i) {
        y[i] = static_cast<float>(std::int64_t{x[i]} - qparams.zero_point) * qparams.scale;
      }
    });
  }

 private:
  std::int64_t axis_;
  bool has_zero_points_;
  Channels channels_;
};

/// One range for the whole tensor, as ONNX has it.
class DynamicQuantizeLinearOp final : public Op {
 public:
  explicit DynamicQuantizeLinearOp(const CompileContext& context)
      : min_max_(SelectMinMaxF32(context.isa)), quantize_(SelectQuantizeF32U8(context.isa)) {}

  Result<std::uint64_t> Bind(const Binding& binding) override {
    elements_ = static_cast<std::size_t>(binding.inputs[0].elements());
    return std::uint64_t{0};
  }

  void Run(const OpIo& io) const override {
    const auto* x = reinterpret_cast<const float*>(io.inputs[0]);
    const MinMax range = elements_ == 0 ? MinMax{} : min_max_.run(x, elements_);
    const QParams qparams = AsymmetricU8(range.min, range.max);
    quantize_.run(x, elements_, qparams, reinterpret_cast<std::uint8_t*>(io.outputs[0]));
    *reinterpret_cast<float*>(io.outputs[1]) = qparams.scale;
    *reinterpret_cast<std::uint8_t*>(io.outputs[2]) = static_cast<std::uint8_t>(qparams.zero_point);
  }

 private:
  const MinMaxF32Kernel& min_max_;
  const QuantizeF32U8Kernel& quantize_;
  std::size_t elements_ = 0;
};

}  // namespace

CompiledOp CompileQuantizeLinear(const CompileContext& context) {
  if (context.graph.value(context.node.outputs[0]).dtype == DType::s8) {
    return std::unique_ptr<Op>(std::make_unique<QuantizeLinearOp<std::int8_t>>(context));
  }
  return std::unique_ptr<Op>(std::make_unique<QuantizeLinearOp<std::uint8_t>>(context));
}

CompiledOp CompileDequantizeLinear(const CompileContext& context) {
  switch (context.input(0).dtype) {
    case DType::u8:
      return std::unique_ptr<Op>(std::make_unique<DequantizeLinearOp<std::uint8_t>>(context));
    case DType::s8:
      return std::unique_ptr<Op>(std::make_unique<DequantizeLinearOp<std::int8_t>>(context));
    case DType::i32:
      return std::unique_ptr<Op>(std::make_unique<DequantizeLinearOp<std::int32_t>>(context));
    default:
      return MakeError(ErrorCode::model_unsupported_type, "DequantizeLinear of ", DTypeName(context.input(0).dtype),
                       " is not supported: u8, s8 and i32 only");
  }
}

CompiledOp CompileDynamicQuantizeLinear(const CompileContext& context) {
  return std::unique_ptr<Op>(std::make_unique<DynamicQuantizeLinearOp>(context));
}

}  // namespace alice
