#include <algorithm>

#include "backends/cpu/activation_quantizer.h"
#include "backends/cpu/ops.h"
#include "backends/cpu/quantized_product.h"
#include "backends/cpu/recurrent_steps.h"
#include "ir/recurrent.h"
#include "kernels/gemm_f32/gemm_f32.h"

namespace alice {
namespace {

std::size_t HiddenOf(const CompileContext& context) {
  return static_cast<std::size_t>(context.input(kSplitRecurrentR).shape.dims[0].size);
}

/// Takes every step; `multiply` as RecurrentSteps::Step has it, with the pass before.
template <typename Multiply>
void RunSteps(const RecurrentSteps& steps, const OpIo& io, const Multiply& multiply) {
  if (steps.batch() == 0) return;
  const RecurrentSteps::Stride stride = steps.StrideOf(steps.gates());
  const RecurrentSteps::Pass pass = steps.Begin(io, 0);
  const auto* const x = reinterpret_cast<const float*>(io.inputs[0]);
  for (std::size_t i = 0; i < steps.time(); ++i) {
    const std::size_t time = steps.is_reverse(0) ? steps.time() - 1 - i : i;
    steps.Step(pass, time, x + time * stride.time, stride.batch,
               [&](const float* h, std::size_t first, std::size_t count) { multiply(pass, h, first, count); });
  }
  steps.End(io, 0, pass);
}

/// LSTM, GRU and RNN that take products with W (RecurrentAttributes), in float.
class SplitRecurrentOp final : public Op {
 public:
  explicit SplitRecurrentOp(const CompileContext& context)
      : steps_(context, HiddenOf(context)),
        gemm_(SelectGemmF32(context.isa)),
        bias_(context.constant_f32(kSplitRecurrentBias)),
        is_observed_(context.node.quantized.has_value()) {}

  Result<std::uint64_t> Bind(const Binding& binding) override {
    ScratchLayout scratch;
    steps_.Bind(binding.inputs[0], scratch);
    return scratch.bytes();
  }

  void Run(const OpIo& io) const override {
    const auto* const r = reinterpret_cast<const float*>(io.inputs[kSplitRecurrentR]);
    RunSteps(steps_, io, [&](const RecurrentSteps::Pass& pass, const float* h, std::size_t first, std::size_t count) {
      if (is_observed_ && io.observer != nullptr) Show(h, io);
      gemm_.run({.m = steps_.batch(),
                 .n = count,
                 .k = steps_.hidden(),
                 .a = h,
                 .lda = steps_.hidden(),
                 .b = r + first,
                 .ldb = steps_.gates(),
                 .bias = bias_ == nullptr ? nullptr : bias_ + first,
                 .activation = {},
                 .c = pass.sums + first,
                 .ldc = steps_.gates()});
    });
  }

  [[nodiscard]] std::string_view KernelName() const override { return gemm_.name; }

 private:
  /// What the quantized form would quantize.
  void Show(const float* h, const OpIo& io) const {
    auto* const data = const_cast<std::byte*>(reinterpret_cast<const std::byte*>(h));
    io.observer->OnInput(io.node, {DType::f32, {AxisSize(steps_.batch()), AxisSize(steps_.hidden())}, data});
  }

  RecurrentSteps steps_;
  const GemmF32Kernel& gemm_;
  const float* bias_;
  bool is_observed_;
};

/// The same with packed integer weights R. Each sample's h is quantized at every step, by its own range where that is
/// dynamic; the cells are float.
class QuantizedRecurrentOp final : public Op {
 public:
  QuantizedRecurrentOp(const CompileContext& context, QuantizedProduct product)
      : steps_(context, HiddenOf(context)), quantizer_(context), product_(std::move(product)) {}

  void Prepare(const Graph& graph) override { product_.Prepare(graph); }
  void Connect(const Connection& connection) override {
    quantizer_.Connect(connection);
    product_.Connect(connection);
  }

  Result<std::uint64_t> Bind(const Binding& binding) override {
    ScratchLayout scratch;
    steps_.Bind(binding.inputs[0], scratch);
    const std::uint64_t batch = steps_.batch();
    codes_offset_ = scratch.Place(batch * product_.row_stride());
    qparams_offset_ = scratch.Place(batch * sizeof(QParams));
    candidate_offset_ = scratch.Place(steps_.resets_first() ? batch * steps_.gates() * sizeof(float) : 0);
    product_offset_ = scratch.Place(product_.Bind(steps_.batch()));
    return scratch.bytes();
  }

  void Run(const OpIo& io) const override {
    std::size_t row = 0;
    RunSteps(steps_, io, [&](const RecurrentSteps::Pass& pass, const float* h, std::size_t first, std::size_t count) {
      if (first == 0) {
        Multiply(io, h, row, {0, count}, pass.sums);
      } else {
        // What is multiplied begins with a panel of the packed weights, and must not go over gates that are made.
        auto* const candidate = reinterpret_cast<float*>(io.scratch + candidate_offset_);
        const std::size_t begin = first - first % product_.panel_columns();
        Multiply(io, h, row, {begin, first + count - begin}, candidate);
        for (std::size_t at = first; at < steps_.batch() * steps_.gates(); at += steps_.gates()) {
          std::copy_n(candidate + at, count, pass.sums + at);
        }
      }
      row += steps_.batch();
    });
  }

  [[nodiscard]] std::size_t PackedWeightBytes() const override { return product_.bytes(); }
  [[nodiscard]] std::string_view KernelName() const override { return product_.kernel_name(); }
  [[nodiscard]] std::span<std::byte> PackedCodes() override { return product_.codes(); }

 private:
  /// These columns of sums [batch, gates] = h · R + bias, which are the node's product from `first_row` on.
  void Multiply(const OpIo& io, const float* h, std::size_t first_row, QuantizedProduct::Columns columns,
                float* sums) const {
    auto* const codes = reinterpret_cast<std::uint8_t*>(io.scratch + codes_offset_);
    auto* const qparams = reinterpret_cast<QParams*>(io.scratch + qparams_offset_);
    const std::size_t stride = product_.row_stride();
    const std::size_t hidden = steps_.hidden();
    for (std::size_t sample = 0; sample < steps_.batch(); ++sample) {
      const ActivationQuantizer::Grid grid = quantizer_.GridOf(h + sample * hidden, hidden);
      quantizer_.Run(h + sample * hidden, 1, hidden, grid, codes + sample * stride, stride);
      qparams[sample] = grid.qparams;
    }
    if (io.observer != nullptr) columns = {0, steps_.gates()};
    product_.Run({codes, stride, qparams, 1}, first_row, steps_.batch(), columns,
                 {.y = reinterpret_cast<std::byte*>(sums)}, io.scratch + product_offset_, io);
  }

  RecurrentSteps steps_;
  ActivationQuantizer quantizer_;
  QuantizedProduct product_;
  std::size_t codes_offset_ = 0;
  std::size_t qparams_offset_ = 0;
  std::size_t candidate_offset_ = 0;  ///< of the second product of a step
  std::size_t product_offset_ = 0;
};

}  // namespace

CompiledOp CompileSplitRecurrent(const CompileContext& context) {
  return std::unique_ptr<Op>(std::make_unique<SplitRecurrentOp>(context));
}

CompiledOp CompileQuantizedRecurrent(const CompileContext& context) {
  ALICE_ASSIGN_OR_RETURN(QuantizedProduct product, QuantizedProduct::Create(context));
  return std::unique_ptr<Op>(std::make_unique<QuantizedRecurrentOp>(context, std::move(product)));
}

}  // namespace alice
