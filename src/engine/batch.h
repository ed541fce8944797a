#pragma once

#include <cstddef>
#include <span>

#include "base/result.h"
#include "engine/served_model.h"
#include "tensor/buffer.h"

namespace alice {

/// Rows that are answered together: inputs, outputs and answers, one kind after the other in one room.
struct Batch {
  /// Nothing in it is set. Errors: budget_exceeded, out_of_memory.
  static Result<Batch> Create(std::size_t rows, std::size_t input_width, std::size_t output_width,
                              MemoryBudget& budget);

  std::size_t number = 0;
  std::size_t rows = 0;
  Buffer room;
  std::span<float> inputs;    ///< [rows, input width]
  std::span<float> outputs;   ///< [rows, output width]
  std::span<Answer> answers;  ///< [rows]
};

}  // namespace alice
