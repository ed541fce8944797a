#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "backends/cpu/ops.h"
#include "backends/cpu/recurrent_cells.h"
#include "backends/cpu/scratch_layout.h"

namespace alice {

/// How LSTM, GRU or RNN goes through time, in one direction after the other: states, lengths and cells. The products are
/// whoever's takes the steps.
class RecurrentSteps {
 public:
  RecurrentSteps(const CompileContext& context, std::size_t hidden);

  /// `x` is the operator's first input. Places what the steps work with in `scratch`.
  void Bind(const Shape& x, ScratchLayout& scratch);

  [[nodiscard]] std::size_t directions() const { return attributes_.directions(); }
  [[nodiscard]] std::size_t hidden() const { return hidden_; }
  [[nodiscard]] std::size_t gates() const { return gates_; }  ///< · hidden
  [[nodiscard]] std::size_t time() const { return time_; }
  [[nodiscard]] std::size_t batch() const { return batch_; }
  [[nodiscard]] bool is_batch_first() const { return attributes_.batch_first; }
  [[nodiscard]] bool is_reverse(std::size_t direction) const {
    return attributes_.direction == RecurrentDirection::reverse || direction == 1;
  }
  /// Whether a step multiplies twice: the candidate's product is of r · h.
  [[nodiscard]] bool resets_first() const { return kind_ == OpKind::GRU && !attributes_.linear_before_reset; }

  /// From one time step, or sample, to the next, in elements.
  struct Stride {
    std::size_t time, batch;
  };
  /// Of an input laid out as X is, in rows of `width`.
  [[nodiscard]] Stride StrideOf(std::size_t width) const;

  /// What the steps of one direction work with.
  struct Pass {
    const RecurrentCells& cells;
    const float* peepholes;       ///< or null
    const std::int32_t* lengths;  ///< or null
    float* sums;                  ///< [batch, gates], of the products with R
    float* h;                     ///< [batch, hidden]
    float* c;                     ///< [batch, hidden]; of GRU r · h
    float* y;                     ///< of this direction
  };
  /// With the initial states in place.
  [[nodiscard]] Pass Begin(const OpIo& io, std::size_t direction) const;

  /// The step at `time`. `x` are its products with W and their bias, [batch, gates] with that stride. What is to be
  /// multiplied with R goes to multiply(h, first, count): it makes the columns [first, first + count) of pass.sums, with
  /// their bias, of h [batch, hidden].
  template <typename Multiply>
  void Step(const Pass& pass, std::size_t time, const float* x, std::size_t x_stride, const Multiply& multiply) const {
    if (resets_first()) {
      multiply(pass.h, 0, 2 * hidden_);
      ResetStates(pass, x, x_stride);
      multiply(pass.c, 2 * hidden_, hidden_);
    } else {
      multiply(pass.h, 0, gates_);
    }
    Update(pass, time, x, x_stride);
  }

  /// Leaves the last states in the outputs.
  void End(const OpIo& io, std::size_t direction, const Pass& pass) const;

 private:
  struct Offsets {
    std::size_t sums, h, c;
  };

  [[nodiscard]] const float* Input(const OpIo& io, std::size_t index) const {
    return index < input_count_ ? reinterpret_cast<const float*>(io.inputs[index]) : nullptr;
  }
  void LoadState(const float* state, std::size_t direction, float* rows) const;
  void StoreState(const float* rows, std::size_t direction, std::byte* data) const;
  void ResetStates(const Pass& pass, const float* x, std::size_t x_stride) const;
  void Update(const Pass& pass, std::size_t time, const float* x, std::size_t x_stride) const;
  void UpdateSample(const Pass& pass, std::size_t sample, const float* x) const;

  OpKind kind_;
  RecurrentAttributes attributes_;
  std::size_t hidden_;
  std::size_t gates_;
  std::size_t input_count_, output_count_;
  std::array<std::optional<RecurrentCells>, 2> cells_;
  std::size_t time_ = 0, batch_ = 0;
  Stride y_stride_{};
  std::size_t state_stride_ = 0;      ///< from sample to sample
  std::size_t direction_stride_ = 0;  ///< of states and of Y
  Offsets offsets_{};
};

}  // namespace alice
