#pragma once

#include <cstddef>

#include "base/result.h"
#include "tensor/buffer.h"
#include "tensor/memory_budget.h"

namespace alice {

/// Inputs and their FP32 answers since the last probe; the oldest give way.
class AnswerRing {
 public:
  AnswerRing() = default;
  /// Errors: budget_exceeded, out_of_memory.
  static Result<AnswerRing> Create(std::size_t answers, std::size_t input_width, std::size_t output_width,
                                   MemoryBudget& budget);

  void Add(const float* input, const float* output);
  void Clear() { next_ = count_ = 0; }
  [[nodiscard]] std::size_t capacity() const { return capacity_; }
  [[nodiscard]] std::size_t count() const { return count_; }
  /// Answer `index` of count(), oldest first.
  [[nodiscard]] const float* input(std::size_t index) const { return inputs_.as<float>() + Slot(index) * input_width_; }
  [[nodiscard]] const float* output(std::size_t index) const {
    return outputs_.as<float>() + Slot(index) * output_width_;
  }

 private:
  [[nodiscard]] std::size_t Slot(std::size_t index) const { return (next_ + capacity_ - count_ + index) % capacity_; }

  Buffer inputs_, outputs_;
  std::size_t input_width_ = 0, output_width_ = 0;
  std::size_t capacity_ = 0;
  std::size_t next_ = 0;
  std::size_t count_ = 0;
};

}  // namespace alice
