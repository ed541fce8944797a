#pragma once

#include <cstddef>
#include <optional>
#include <span>

#include "kernels/activation_f32/activation_f32.h"
#include "numeric/activation.h"

namespace alice {

/// What one step of one sample of LSTM, GRU or RNN does between its products (ONNX LSTM-14, GRU-14, RNN-14). Rows hold a
/// stretch of `hidden` elements for each gate.
class RecurrentCells {
 public:
  RecurrentCells(Isa isa, std::span<const Activation, 3> activations, std::optional<float> clip, std::size_t hidden);

  /// h = f(x + sums). `sums` is overwritten, here and below.
  void Rnn(const float* x, float* sums, float* h) const;

  /// i, o, f, c of x + sums; c = f · c + i · g(c gate); h = o · h(c). `peepholes` [3 · hidden] for i, o, f, or null.
  /// With `input_forget`, f = 1 − i.
  void Lstm(const float* x, float* sums, const float* peepholes, bool input_forget, float* c, float* h) const;

  /// The gates z, r of x + sums, in place, and `reset_h` = r · h.
  void GruGates(const float* x, float* sums, const float* h, float* reset_h) const;
  /// h = (1 − z) · g(x + the third stretch of sums) + z · h, after GruGates.
  void GruUpdate(const float* x, float* sums, float* h) const;
  /// Both for linear_before_reset: h gate = g(x + r · sums).
  void GruLinear(const float* x, float* sums, float* h) const;

 private:
  /// In place: held to ±clip, then the activation.
  void Activate(const Activation& activation, float* x, std::size_t n) const;
  void Mix(const float* z, float* candidate, float* h) const;

  const ActivationF32Kernel& kernel_;
  Activation f_, g_, h_;
  std::optional<Activation> clip_;
  std::size_t hidden_;
};

}  // namespace alice
