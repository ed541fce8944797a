#include <algorithm>
#include <limits>

#include "backends/cpu/element_function.h"
#include "backends/cpu/ops.h"
#include "kernels/activation_f32/activation_f32.h"

namespace alice {
namespace {

/// ONNX Clip-13 with bounds that are inputs, where they are given.
template <typename T>
class ClipOp final : public Op {
 public:
  explicit ClipOp(const CompileContext& context)
      : kernel_(SelectActivationF32(context.isa)), has_low_(context.has_input(1)), has_high_(context.has_input(2)) {}

  Result<std::uint64_t> Bind(const Binding& binding) override {
    elements_ = static_cast<std::size_t>(binding.outputs[0].elements());
    return std::uint64_t{0};
  }

  void Run(const OpIo& io) const override {
    const T low = has_low_ ? *reinterpret_cast<const T*>(io.inputs[1]) : std::numeric_limits<T>::lowest();
    const T high = has_high_ ? *reinterpret_cast<const T*>(io.inputs[2]) : std::numeric_limits<T>::max();
    const auto* const x = reinterpret_cast<const T*>(io.inputs[0]);
    auto* const y = reinterpret_cast<T*>(io.outputs[0]);
    if constexpr (std::is_same_v<T, float>) {
      kernel_.run({.kind = ActivationKind::clip, .low = low, .high = high}, x, elements_, y);
    } else {
      for (std::size_t i = 0; i < elements_; ++i) y[i] = std::min(std::max(x[i], low), high);
    }
  }

 private:
  const ActivationF32Kernel& kernel_;
  bool has_low_, has_high_;
  std::size_t elements_ = 0;
};

}  // namespace

CompiledOp CompileClip(const CompileContext& context) {
  const DType dtype = context.input(0).dtype;
  if (dtype == DType::f32 && std::holds_alternative<Activation>(context.node.attributes)) {
    return CompileActivation(context);
  }
  return WithNumber(dtype, [&](auto zero) -> CompiledOp {
    return std::unique_ptr<Op>(std::make_unique<ClipOp<decltype(zero)>>(context));
  });
}

}  // namespace alice
