#include "backends/cpu/recurrent_cells.h"

#include <algorithm>

namespace alice {
namespace {

void AddTo(float* y, const float* x, std::size_t n) {
  for (std::size_t i = 0; i < n; ++i) y[i] += x[i];
}

void AddProductTo(float* y, const float* a, const float* b, std::size_t n) {
  for (std::size_t i = 0; i < n; ++i) y[i] += a[i] * b[i];
}

}  // namespace

RecurrentCells::RecurrentCells(Isa isa, std::span<const Activation, 3> activations, std::optional<float> clip,
                               std::size_t hidden)
    : kernel_(SelectActivationF32(isa)), f_(activations[0]), g_(activations[1]), h_(activations[2]), hidden_(hidden) {
  if (clip) clip_ = {.kind = ActivationKind::clip, .low = -*clip, .high = *clip};
}

void RecurrentCells::Activate(const Activation& activation, float* x, std::size_t n) const {
  if (clip_) kernel_.run(*clip_, x, n, x);
  kernel_.run(activation, x, n, x);
}

void RecurrentCells::Rnn(const float* x, float* sums, float* h) const {
  AddTo(sums, x, hidden_);
  Activate(f_, sums, hidden_);
  std::copy_n(sums, hidden_, h);
}

void RecurrentCells::Lstm(const float* x, float* sums, const float* peepholes, bool input_forget, float* c,
                          float* h) const {
  float* const i = sums;
  float* const o = sums + hidden_;
  float* const f = sums + 2 * hidden_;
  float* const g = sums + 3 * hidden_;
  AddTo(sums, x, 4 * hidden_);
  if (peepholes == nullptr) {
    Activate(f_, sums, 3 * hidden_);
  } else {
    AddProductTo(i, peepholes, c, hidden_);
    AddProductTo(f, peepholes + 2 * hidden_, c, hidden_);
    Activate(f_, i, hidden_);
    Activate(f_, f, hidden_);
  }
  if (input_forget) std::transform(i, i + hidden_, f, [](float gate) { return 1.0f - gate; });
  Activate(g_, g, hidden_);
  for (std::size_t e = 0; e < hidden_; ++e) c[e] = f[e] * c[e] + i[e] * g[e];
  if (peepholes != nullptr) {
    AddProductTo(o, peepholes + hidden_, c, hidden_);
    Activate(f_, o, hidden_);
  }
  kernel_.run(h_, c, hidden_, h);
  for (std::size_t e = 0; e < hidden_; ++e) h[e] *= o[e];
}

void RecurrentCells::GruGates(const float* x, float* sums, const float* h, float* reset_h) const {
  AddTo(sums, x, 2 * hidden_);
  Activate(f_, sums, 2 * hidden_);
  const float* const r = sums + hidden_;
  for (std::size_t e = 0; e < hidden_; ++e) reset_h[e] = r[e] * h[e];
}

void RecurrentCells::GruUpdate(const float* x, float* sums, float* h) const {
  float* const candidate = sums + 2 * hidden_;
  AddTo(candidate, x + 2 * hidden_, hidden_);
  Mix(sums, candidate, h);
}

void RecurrentCells::GruLinear(const float* x, float* sums, float* h) const {
  AddTo(sums, x, 2 * hidden_);
  Activate(f_, sums, 2 * hidden_);
  const float* const r = sums + hidden_;
  float* const candidate = sums + 2 * hidden_;
  const float* const from_x = x + 2 * hidden_;
  for (std::size_t e = 0; e < hidden_; ++e) candidate[e] = from_x[e] + r[e] * candidate[e];
  Mix(sums, candidate, h);
}

void RecurrentCells::Mix(const float* z, float* candidate, float* h) const {
  Activate(g_, candidate, hidden_);
  for (std::size_t e = 0; e < hidden_; ++e) h[e] = (1.0f - z[e]) * candidate[e] + z[e] * h[e];
}

}  // namespace alice
