#include <algorithm>

#include "backends/cpu/ops.h"
#include "backends/cpu/recurrent_steps.h"
#include "backends/cpu/tile_rows.h"
#include "backends/cpu/transposed_weights.h"
#include "ir/recurrent.h"
#include "kernels/gemm_f32/gemm_f32.h"

namespace alice {
namespace {

/// LSTM, GRU and RNN as ONNX has them. The products with W of many steps are one; those with R are a step's each.
class RecurrentOp final : public Op {
 public:
  explicit RecurrentOp(const CompileContext& context)
      : steps_(context, static_cast<std::size_t>(context.input(kRecurrentR).shape.dims[2].size)),
        gemm_(SelectGemmF32(context.isa)),
        input_(static_cast<std::size_t>(context.input(kRecurrentW).shape.dims[2].size)),
        has_bias_(context.has_input(kRecurrentB)),
        w_(context, kRecurrentW, {.count = steps_.directions(), .rows = steps_.gates(), .columns = input_}),
        r_(context, kRecurrentR, {.count = steps_.directions(), .rows = steps_.gates(), .columns = steps_.hidden()}) {}

  void Prepare(const Graph& graph) override {
    w_.Prepare(graph);
    r_.Prepare(graph);
  }

  Result<std::uint64_t> Bind(const Binding& binding) override {
    ScratchLayout scratch;
    scratch.Place(w_.ScratchBytes());
    r_offset_ = scratch.Place(r_.ScratchBytes());
    steps_.Bind(binding.inputs[0], scratch);
    const std::size_t batch = steps_.batch();
    const std::size_t all_rows = steps_.time() * batch;
    const std::size_t rows = std::min(all_rows, std::max(batch, TileRows(all_rows, steps_.gates() * sizeof(float))));
    tile_steps_ = batch == 0 ? 0 : rows / batch;
    sums_offset_ = scratch.Place(std::uint64_t{rows} * steps_.gates() * sizeof(float));
    return scratch.bytes();
  }

  void Run(const OpIo& io) const override {
    if (steps_.batch() == 0) return;
    for (std::size_t direction = 0; direction < steps_.directions(); ++direction) RunDirection(io, direction);
  }

  [[nodiscard]] std::string_view KernelName() const override { return gemm_.name; }

 private:
  /// Of one direction: W [input, gates], R [hidden, gates], and the bias of each, [gates] or null.
  struct Weights {
    const float *w, *r, *w_bias, *r_bias;
  };

  [[nodiscard]] Weights WeightsOf(const OpIo& io, std::size_t direction) const {
    Weights weights{w_.Of(io, direction, io.scratch), r_.Of(io, direction, io.scratch + r_offset_), nullptr, nullptr};
    if (!has_bias_) return weights;
    weights.w_bias = reinterpret_cast<const float*>(io.inputs[kRecurrentB]) + direction * 2 * steps_.gates();
    weights.r_bias = weights.w_bias + steps_.gates();
    return weights;
  }

  void RunDirection(const OpIo& io, std::size_t direction) const {
    const Weights weights = WeightsOf(io, direction);
    const RecurrentSteps::Pass pass = steps_.Begin(io, direction);
    const std::size_t row = steps_.gates();
    const std::size_t batch = steps_.batch();
    auto* const sums = reinterpret_cast<float*>(io.scratch + sums_offset_);
    const auto multiply = [&](const float* h, std::size_t first, std::size_t count) {
      gemm_.run({.m = batch,
                 .n = count,
                 .k = steps_.hidden(),
                 .a = h,
                 .lda = steps_.hidden(),
                 .b = weights.r + first,
                 .ldb = row,
                 .bias = weights.r_bias == nullptr ? nullptr : weights.r_bias + first,
                 .activation = {},
                 .c = pass.sums + first,
                 .ldc = row});
    };
    for (std::size_t done = 0; done < steps_.time(); done += tile_steps_) {
      const std::size_t count = std::min(tile_steps_, steps_.time() - done);
      const bool is_reverse = steps_.is_reverse(direction);
      const std::size_t first = is_reverse ? steps_.time() - done - count : done;
      MultiplyX(reinterpret_cast<const float*>(io.inputs[0]), first, count, weights, sums);
      for (std::size_t i = 0; i < count; ++i) {
        const std::size_t step = is_reverse ? count - 1 - i : i;
        steps_.Step(pass, first + step, sums + step * batch * row, row, multiply);
      }
    }
    steps_.End(io, direction, pass);
  }

  /// sums [steps, batch, gates] = x · w + bias of the steps from `first` on.
  void MultiplyX(const float* x, std::size_t first, std::size_t steps, const Weights& weights, float* sums) const {
    const RecurrentSteps::Stride stride = steps_.StrideOf(input_);
    const std::size_t row = steps_.gates();
    const std::size_t batch = steps_.batch();
    // Where a time step's samples do not follow each other, a sample's steps do.
    const bool by_sample = steps_.is_batch_first() && batch > 1;
    const std::size_t products = by_sample ? batch : 1;
    for (std::size_t i = 0; i < products; ++i) {
      gemm_.run({.m = by_sample ? steps : steps * batch,
                 .n = row,
                 .k = input_,
                 .a = x + first * stride.time + i * stride.batch,
                 .lda = input_,
                 .b = weights.w,
                 .ldb = row,
                 .bias = weights.w_bias,
                 .activation = {},
                 .c = sums + i * row,
                 .ldc = by_sample ? batch * row : row});
    }
  }

  RecurrentSteps steps_;
  const GemmF32Kernel& gemm_;
  std::size_t input_;
  bool has_bias_;
  TransposedWeights w_, r_;
  std::size_t tile_steps_ = 0;  ///< whose products with W are made at a time
  std::size_t r_offset_ = 0;
  std::size_t sums_offset_ = 0;
};

}  // namespace

CompiledOp CompileRecurrent(const CompileContext& context) {
  if (std::get<RecurrentAttributes>(context.node.attributes).takes_products) return CompileSplitRecurrent(context);
  return std::unique_ptr<Op>(std::make_unique<RecurrentOp>(context));
}

}  // namespace alice
