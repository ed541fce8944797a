#include "monitor/answer_ring.h"

#include <algorithm>
#include <cstdint>

namespace alice {

AnswerRing AnswerRing::Create(std::size_t answers, std::size_t input_width, std::size_t output_width,
                              MemoryBudget& budget) {
  AnswerRing ring;
  ring.input_width_ = input_width;
  ring.output_width_ = output_width;
  for (std::uint64_t count = answers; count > 0; count /= 2) {
    auto inputs = Buffer::Allocate(budget, MemoryKind::io, count * input_width * sizeof(float));
    if (!inputs.ok()) continue;
    auto outputs = Buffer::Allocate(budget, MemoryKind::io, count * output_width * sizeof(float));
    if (!outputs.ok()) continue;
    ring.inputs_ = std::move(*inputs);
    ring.outputs_ = std::move(*outputs);
    ring.capacity_ = static_cast<std::size_t>(count);
    break;
  }
  return ring;
}

void AnswerRing::Add(const float* input, const float* output) {
  if (capacity_ == 0) return;
  std::copy_n(input, input_width_, inputs_.as<float>() + next_ * input_width_);
  std::copy_n(output, output_width_, outputs_.as<float>() + next_ * output_width_);
  next_ = (next_ + 1) % capacity_;
  count_ = std::min(count_ + 1, capacity_);
}

}  // namespace alice
