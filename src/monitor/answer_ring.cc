#include "monitor/answer_ring.h"

#include <algorithm>
#include <cstdint>

namespace alice {

Result<AnswerRing> AnswerRing::Create(std::size_t answers, std::size_t input_width, std::size_t output_width,
                                      MemoryBudget& budget) {
  AnswerRing ring;
  ring.input_width_ = input_width;
  ring.output_width_ = output_width;
  ring.capacity_ = answers;
  const auto rows = [&](std::size_t width) {
    return Buffer::Allocate(budget, MemoryKind::io, std::uint64_t{answers} * width * sizeof(float));
  };
  ALICE_ASSIGN_OR_RETURN(ring.inputs_, rows(input_width));
  ALICE_ASSIGN_OR_RETURN(ring.outputs_, rows(output_width));
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
