#include <algorithm>
#include <array>
#include <optional>

#include "backends/cpu/ops.h"
#include "backends/cpu/recurrent_cells.h"
#include "backends/cpu/scratch_layout.h"
#include "backends/cpu/tile_rows.h"
#include "backends/cpu/transposed_weights.h"
#include "ir/recurrent.h"
#include "kernels/gemm_f32/gemm_f32.h"

namespace alice {
namespace {

/// LSTM, GRU and RNN. The products with W of many steps are one; those with R are a step's each.
class RecurrentOp final : public Op {
 public:
  explicit RecurrentOp(const CompileContext& context)
      : kind_(context.node.kind),
        attributes_(std::get<RecurrentAttributes>(context.node.attributes)),
        gemm_(SelectGemmF32(context.isa)),
        input_(static_cast<std::size_t>(context.input(kRecurrentW).shape.dims[2].size)),
        hidden_(static_cast<std::size_t>(context.input(kRecurrentR).shape.dims[2].size)),
        gates_(GatesOf(kind_) * hidden_),
        input_count_(context.node.inputs.size()),
        output_count_(context.node.outputs.size()),
        w_(context, kRecurrentW, {.count = attributes_.directions(), .rows = gates_, .columns = input_}),
        r_(context, kRecurrentR, {.count = attributes_.directions(), .rows = gates_, .columns = hidden_}) {
    for (std::size_t direction = 0; direction < attributes_.directions(); ++direction) {
      cells_[direction].emplace(context.isa, attributes_.activations[direction], attributes_.clip, hidden_);
    }
  }

  void Prepare(const Graph& graph) override {
    w_.Prepare(graph);
    r_.Prepare(graph);
  }

  Result<std::uint64_t> Bind(const Binding& binding) override {
    const Shape& x = binding.inputs[0];
    const std::size_t directions = attributes_.directions();
    time_ = static_cast<std::size_t>(x[attributes_.batch_first ? 1 : 0]);
    batch_ = static_cast<std::size_t>(x[attributes_.batch_first ? 0 : 1]);
    if (attributes_.batch_first) {
      x_stride_ = {input_, time_ * input_};
      y_stride_ = {directions * hidden_, time_ * directions * hidden_};
      state_stride_ = directions * hidden_;
    } else {
      x_stride_ = {batch_ * input_, input_};
      y_stride_ = {directions * batch_ * hidden_, hidden_};
      state_stride_ = hidden_;
    }
    direction_stride_ = attributes_.batch_first ? hidden_ : batch_ * hidden_;
    const std::size_t all_rows = time_ * batch_;
    const std::size_t rows = std::min(all_rows, std::max(batch_, TileRows(all_rows, gates_ * sizeof(float))));
    steps_ = batch_ == 0 ? 0 : rows / batch_;
    ScratchLayout scratch;
    scratch.Place(w_.ScratchBytes());
    offsets_.r = scratch.Place(r_.ScratchBytes());
    offsets_.bias = scratch.Place((gates_ + hidden_) * sizeof(float));
    offsets_.x_sums = scratch.Place(std::uint64_t{rows} * gates_ * sizeof(float));
    offsets_.h_sums = scratch.Place(std::uint64_t{batch_} * gates_ * sizeof(float));
    offsets_.h = scratch.Place(std::uint64_t{batch_} * hidden_ * sizeof(float));
    offsets_.c = scratch.Place(std::uint64_t{batch_} * hidden_ * sizeof(float));
    return scratch.bytes();
  }

  void Run(const OpIo& io) const override {
    if (batch_ == 0) return;
    for (std::size_t direction = 0; direction < attributes_.directions(); ++direction) RunDirection(io, direction);
  }

  [[nodiscard]] std::string_view KernelName() const override { return gemm_.name; }

 private:
  struct Stride {
    std::size_t time, batch;
  };
  struct Offsets {
    std::size_t r, bias, x_sums, h_sums, h, c;
  };
  /// What the steps of one direction work with.
  struct Pass {
    const RecurrentCells& cells;
    const float* r;               ///< [hidden, gates]
    const float* candidate_bias;  ///< [hidden], of GRU's third product where the reset gate comes after it
    const float* peepholes;       ///< or null
    const std::int32_t* lengths;  ///< or null
    float* x_sums;                ///< [steps, batch, gates]
    float* h_sums;                ///< [batch, gates]
    float* h;                     ///< [batch, hidden]
    float* c;                     ///< [batch, hidden]; of GRU r · h
    float* y;                     ///< of this direction
  };

  [[nodiscard]] const float* Input(const OpIo& io, std::size_t index) const {
    return index < input_count_ ? reinterpret_cast<const float*>(io.inputs[index]) : nullptr;
  }

  void RunDirection(const OpIo& io, std::size_t direction) const {
    const auto part = [&](std::size_t offset) { return reinterpret_cast<float*>(io.scratch + offset); };
    const float* const w = w_.Of(io, direction, io.scratch);
    const float* const peepholes = Input(io, kRecurrentP);
    const float* const biases = Input(io, kRecurrentB);
    SumBias(biases == nullptr ? nullptr : biases + direction * 2 * gates_, part(offsets_.bias));
    const Pass pass{.cells = *cells_[direction],
                    .r = r_.Of(io, direction, io.scratch + offsets_.r),
                    .candidate_bias = part(offsets_.bias) + gates_,
                    .peepholes = peepholes == nullptr ? nullptr : peepholes + direction * 3 * hidden_,
                    .lengths = reinterpret_cast<const std::int32_t*>(Input(io, kRecurrentLengths)),
                    .x_sums = part(offsets_.x_sums),
                    .h_sums = part(offsets_.h_sums),
                    .h = part(offsets_.h),
                    .c = part(offsets_.c),
                    .y = reinterpret_cast<float*>(io.outputs[0]) + direction * direction_stride_};
    LoadState(Input(io, kRecurrentH), direction, pass.h);
    LoadState(Input(io, kRecurrentC), direction, pass.c);
    const bool is_reverse = attributes_.direction == RecurrentDirection::reverse || direction == 1;
    for (std::size_t done = 0; done < time_; done += steps_) {
      const std::size_t steps = std::min(steps_, time_ - done);
      const std::size_t first = is_reverse ? time_ - done - steps : done;
      MultiplyX(reinterpret_cast<const float*>(io.inputs[0]), first, steps, w, part(offsets_.bias), pass.x_sums);
      for (std::size_t i = 0; i < steps; ++i) {
        const std::size_t step = is_reverse ? steps - 1 - i : i;
        Step(pass, first + step, pass.x_sums + step * batch_ * gates_);
      }
    }
    if (output_count_ > 1) StoreState(pass.h, direction, io.outputs[1]);
    if (output_count_ > 2) StoreState(pass.c, direction, io.outputs[2]);
  }

  /// What is added to x · W, [gates], then the candidate's bias, [hidden].
  void SumBias(const float* bias, float* sum) const {
    std::fill_n(sum, gates_ + hidden_, 0.0f);
    if (bias == nullptr) return;
    const bool keeps_apart = kind_ == OpKind::GRU && attributes_.linear_before_reset;
    const std::size_t together = keeps_apart ? 2 * hidden_ : gates_;
    std::copy_n(bias, gates_, sum);
    for (std::size_t i = 0; i < together; ++i) sum[i] += bias[gates_ + i];
    if (keeps_apart) std::copy_n(bias + gates_ + together, hidden_, sum + gates_);
  }

  /// A state as ONNX has it, or zeros, to [batch, hidden].
  void LoadState(const float* state, std::size_t direction, float* rows) const {
    if (state == nullptr) {
      std::fill_n(rows, batch_ * hidden_, 0.0f);
      return;
    }
    for (std::size_t sample = 0; sample < batch_; ++sample) {
      std::copy_n(state + direction * direction_stride_ + sample * state_stride_, hidden_, rows + sample * hidden_);
    }
  }
  void StoreState(const float* rows, std::size_t direction, std::byte* data) const {
    auto* const state = reinterpret_cast<float*>(data) + direction * direction_stride_;
    for (std::size_t sample = 0; sample < batch_; ++sample) {
      std::copy_n(rows + sample * hidden_, hidden_, state + sample * state_stride_);
    }
  }

  /// sums [steps, batch, gates] = x · w + bias of the steps from `first` on.
  void MultiplyX(const float* x, std::size_t first, std::size_t steps, const float* w, const float* bias,
                 float* sums) const {
    // Where a time step's samples do not follow each other, a sample's steps do.
    const bool by_sample = attributes_.batch_first && batch_ > 1;
    const std::size_t products = by_sample ? batch_ : 1;
    for (std::size_t i = 0; i < products; ++i) {
      gemm_.run({.m = by_sample ? steps : steps * batch_,
                 .n = gates_,
                 .k = input_,
                 .a = x + first * x_stride_.time + i * x_stride_.batch,
                 .lda = input_,
                 .b = w,
                 .ldb = gates_,
                 .bias = bias,
                 .activation = {},
                 .c = sums + i * gates_,
                 .ldc = by_sample ? batch_ * gates_ : gates_});
    }
  }

  /// The columns [first, first + count) of sums = h · r, for all samples.
  void MultiplyH(const Pass& pass, const float* h, std::size_t first, std::size_t count) const {
    gemm_.run({.m = batch_,
               .n = count,
               .k = hidden_,
               .a = h,
               .lda = hidden_,
               .b = pass.r + first,
               .ldb = gates_,
               .bias = nullptr,
               .activation = {},
               .c = pass.h_sums + first,
               .ldc = gates_});
  }

  void Step(const Pass& pass, std::size_t time, const float* x_sums) const {
    const bool resets_first = kind_ == OpKind::GRU && !attributes_.linear_before_reset;
    MultiplyH(pass, pass.h, 0, resets_first ? 2 * hidden_ : gates_);
    if (resets_first) {
      for (std::size_t sample = 0; sample < batch_; ++sample) {
        pass.cells.GruGates(x_sums + sample * gates_, pass.h_sums + sample * gates_, pass.h + sample * hidden_,
                            pass.c + sample * hidden_);
      }
      MultiplyH(pass, pass.c, 2 * hidden_, hidden_);
    }
    for (std::size_t sample = 0; sample < batch_; ++sample) {
      float* const y = pass.y + time * y_stride_.time + sample * y_stride_.batch;
      if (pass.lengths != nullptr && static_cast<std::int64_t>(time) >= pass.lengths[sample]) {
        std::fill_n(y, hidden_, 0.0f);  // behind the sample's end
        continue;
      }
      Update(pass, sample, x_sums + sample * gates_);
      std::copy_n(pass.h + sample * hidden_, hidden_, y);
    }
  }

  void Update(const Pass& pass, std::size_t sample, const float* x) const {
    float* const sums = pass.h_sums + sample * gates_;
    float* const h = pass.h + sample * hidden_;
    if (kind_ == OpKind::LSTM) {
      pass.cells.Lstm(x, sums, pass.peepholes, attributes_.input_forget, pass.c + sample * hidden_, h);
    } else if (kind_ == OpKind::RNN) {
      pass.cells.Rnn(x, sums, h);
    } else if (attributes_.linear_before_reset) {
      pass.cells.GruLinear(x, sums, pass.candidate_bias, h);
    } else {
      pass.cells.GruUpdate(x, sums, h);
    }
  }

  OpKind kind_;
  RecurrentAttributes attributes_;
  const GemmF32Kernel& gemm_;
  std::size_t input_, hidden_;
  std::size_t gates_;  ///< gates · hidden
  std::size_t input_count_, output_count_;
  TransposedWeights w_, r_;
  std::array<std::optional<RecurrentCells>, 2> cells_;
  std::size_t time_ = 0, batch_ = 0;
  std::size_t steps_ = 0;  ///< whose products with W are made at a time
  Stride x_stride_{}, y_stride_{};
  std::size_t state_stride_ = 0;      ///< from sample to sample
  std::size_t direction_stride_ = 0;  ///< of states and of Y
  Offsets offsets_{};
};

}  // namespace

CompiledOp CompileRecurrent(const CompileContext& context) {
  return std::unique_ptr<Op>(std::make_unique<RecurrentOp>(context));
}

}  // namespace alice
