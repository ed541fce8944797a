#include "backends/cpu/recurrent_steps.h"

#include <algorithm>

#include "ir/recurrent.h"

namespace alice {

RecurrentSteps::RecurrentSteps(const CompileContext& context, std::size_t hidden)
    : kind_(context.node.kind),
      attributes_(std::get<RecurrentAttributes>(context.node.attributes)),
      hidden_(hidden),
      gates_(GatesOf(kind_) * hidden),
      input_count_(context.node.inputs.size()),
      output_count_(context.node.outputs.size()) {
  for (std::size_t direction = 0; direction < directions(); ++direction) {
    cells_[direction].emplace(context.isa, attributes_.activations[direction], attributes_.clip, hidden_);
  }
}

void RecurrentSteps::Bind(const Shape& x, ScratchLayout& scratch) {
  time_ = static_cast<std::size_t>(x[attributes_.batch_first ? 1 : 0]);
  batch_ = static_cast<std::size_t>(x[attributes_.batch_first ? 0 : 1]);
  if (attributes_.batch_first) {
    y_stride_ = {directions() * hidden_, time_ * directions() * hidden_};
    state_stride_ = directions() * hidden_;
    direction_stride_ = hidden_;
  } else {
    y_stride_ = {directions() * batch_ * hidden_, hidden_};
    state_stride_ = hidden_;
    direction_stride_ = batch_ * hidden_;
  }
  offsets_.sums = scratch.Place(std::uint64_t{batch_} * gates_ * sizeof(float));
  offsets_.h = scratch.Place(std::uint64_t{batch_} * hidden_ * sizeof(float));
  offsets_.c = scratch.Place(std::uint64_t{batch_} * hidden_ * sizeof(float));
}

RecurrentSteps::Stride RecurrentSteps::StrideOf(std::size_t width) const {
  return attributes_.batch_first ? Stride{width, time_ * width} : Stride{batch_ * width, width};
}

RecurrentSteps::Pass RecurrentSteps::Begin(const OpIo& io, std::size_t direction) const {
  const auto part = [&](std::size_t offset) { return reinterpret_cast<float*>(io.scratch + offset); };
  const float* const peepholes = Input(io, kRecurrentP);
  const Pass pass{.cells = *cells_[direction],
                  .peepholes = peepholes == nullptr ? nullptr : peepholes + direction * 3 * hidden_,
                  .lengths = reinterpret_cast<const std::int32_t*>(Input(io, kRecurrentLengths)),
                  .sums = part(offsets_.sums),
                  .h = part(offsets_.h),
                  .c = part(offsets_.c),
                  .y = reinterpret_cast<float*>(io.outputs[0]) + direction * direction_stride_};
  LoadState(Input(io, kRecurrentH), direction, pass.h);
  LoadState(Input(io, kRecurrentC), direction, pass.c);
  return pass;
}

void RecurrentSteps::End(const OpIo& io, std::size_t direction, const Pass& pass) const {
  if (output_count_ > 1) StoreState(pass.h, direction, io.outputs[1]);
  if (output_count_ > 2) StoreState(pass.c, direction, io.outputs[2]);
}

/// A state as ONNX has it, or zeros, to [batch, hidden].
void RecurrentSteps::LoadState(const float* state, std::size_t direction, float* rows) const {
  if (state == nullptr) {
    std::fill_n(rows, batch_ * hidden_, 0.0f);
    return;
  }
  for (std::size_t sample = 0; sample < batch_; ++sample) {
    std::copy_n(state + direction * direction_stride_ + sample * state_stride_, hidden_, rows + sample * hidden_);
  }
}

void RecurrentSteps::StoreState(const float* rows, std::size_t direction, std::byte* data) const {
  auto* const state = reinterpret_cast<float*>(data) + direction * direction_stride_;
  for (std::size_t sample = 0; sample < batch_; ++sample) {
    std::copy_n(rows + sample * hidden_, hidden_, state + sample * state_stride_);
  }
}

void RecurrentSteps::ResetStates(const Pass& pass, const float* x, std::size_t x_stride) const {
  for (std::size_t sample = 0; sample < batch_; ++sample) {
    pass.cells.GruGates(x + sample * x_stride, pass.sums + sample * gates_, pass.h + sample * hidden_,
                        pass.c + sample * hidden_);
  }
}

void RecurrentSteps::Update(const Pass& pass, std::size_t time, const float* x, std::size_t x_stride) const {
  for (std::size_t sample = 0; sample < batch_; ++sample) {
    float* const y = pass.y + time * y_stride_.time + sample * y_stride_.batch;
    if (pass.lengths != nullptr && static_cast<std::int64_t>(time) >= pass.lengths[sample]) {
      std::fill_n(y, hidden_, 0.0f);  // behind the sample's end
      continue;
    }
    UpdateSample(pass, sample, x + sample * x_stride);
    std::copy_n(pass.h + sample * hidden_, hidden_, y);
  }
}

void RecurrentSteps::UpdateSample(const Pass& pass, std::size_t sample, const float* x) const {
  float* const sums = pass.sums + sample * gates_;
  float* const h = pass.h + sample * hidden_;
  if (kind_ == OpKind::LSTM) {
    pass.cells.Lstm(x, sums, pass.peepholes, attributes_.input_forget, pass.c + sample * hidden_, h);
  } else if (kind_ == OpKind::RNN) {
    pass.cells.Rnn(x, sums, h);
  } else if (attributes_.linear_before_reset) {
    pass.cells.GruLinear(x, sums, h);
  } else {
    pass.cells.GruUpdate(x, sums, h);
  }
}

}  // namespace alice
