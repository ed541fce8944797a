#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <optional>
#include <random>
#include <vector>

#include "ir/graph.h"
#include "ir/recurrent.h"

namespace alice {

/// LSTM, GRU or RNN as ONNX writes them, in double, element by element. Inputs that are empty are not given.
struct NaiveRecurrent {
  OpKind kind;
  RecurrentAttributes attributes;
  std::size_t time, batch, input, hidden;
  std::vector<float> x = {}, w = {}, r = {}, b = {}, h0 = {}, c0 = {}, p = {};
  std::vector<std::int32_t> lengths = {};
  std::vector<double> y = {}, y_h = {}, y_c = {};

  [[nodiscard]] std::size_t gates() const { return GatesOf(kind) * hidden; }
  [[nodiscard]] std::size_t directions() const { return attributes.directions(); }

  void Fill(std::uint32_t seed, bool with_bias, bool with_states, bool with_peepholes) {
    std::mt19937 random(seed);
    const auto fill = [&](std::vector<float>& list, std::size_t count, float most) {
      list.resize(count);
      std::uniform_real_distribution<float> uniform(-most, most);
      std::generate(list.begin(), list.end(), [&] { return uniform(random); });
    };
    fill(x, time * batch * input, 1.0f);
    fill(w, directions() * gates() * input, 1.0f);
    fill(r, directions() * gates() * hidden, 0.25f / static_cast<float>(hidden));
    if (with_bias) fill(b, directions() * 2 * gates(), 0.5f);
    if (with_states) fill(h0, directions() * batch * hidden, 1.0f);
    if (with_states && kind == OpKind::LSTM) fill(c0, directions() * batch * hidden, 1.0f);
    if (with_peepholes) fill(p, directions() * 3 * hidden, 0.0625f);
  }

  [[nodiscard]] std::size_t StateAt(std::size_t direction, std::size_t sample) const {
    return (attributes.batch_first ? sample * directions() + direction : direction * batch + sample) * hidden;
  }

  void Run() {
    y.assign(time * directions() * batch * hidden, 0.0);
    y_h.assign(directions() * batch * hidden, 0.0);
    y_c = y_h;
    for (std::size_t direction = 0; direction < directions(); ++direction) {
      for (std::size_t sample = 0; sample < batch; ++sample) RunSample(direction, sample);
    }
  }

 private:
  [[nodiscard]] double Activated(std::size_t direction, std::size_t index, double value, bool clips = true) const {
    if (clips && attributes.clip) {
      const auto clip = static_cast<double>(*attributes.clip);
      value = std::clamp(value, -clip, clip);
    }
    const Activation& activation = attributes.activations[direction][index];
    if (activation.kind == ActivationKind::sigmoid) return 1 / (1 + std::exp(-value));
    if (activation.kind == ActivationKind::tanh) return std::tanh(value);
    return value > 0 ? value : activation.kind == ActivationKind::relu ? 0.0 : value * activation.alpha;
  }

  void RunSample(std::size_t direction, std::size_t sample) {
    std::vector<double> h(hidden), c(hidden);
    for (std::size_t e = 0; e < hidden; ++e) {
      if (!h0.empty()) h[e] = h0[StateAt(direction, sample) + e];
      if (!c0.empty()) c[e] = c0[StateAt(direction, sample) + e];
    }
    const std::size_t length = lengths.empty() ? time : static_cast<std::size_t>(lengths[sample]);
    const bool is_reverse = attributes.direction == RecurrentDirection::reverse || direction == 1;
    for (std::size_t step = 0; step < length; ++step) {
      const std::size_t t = is_reverse ? length - 1 - step : step;
      const std::size_t row = attributes.batch_first ? sample * time + t : t * batch + sample;
      Step(direction, x.data() + row * input, h, c);
      const std::size_t at = attributes.batch_first ? (row * directions() + direction) * hidden
                                                    : ((t * directions() + direction) * batch + sample) * hidden;
      std::copy(h.begin(), h.end(), y.begin() + static_cast<std::ptrdiff_t>(at));
    }
    const auto state = static_cast<std::ptrdiff_t>(StateAt(direction, sample));
    std::copy(h.begin(), h.end(), y_h.begin() + state);
    std::copy(c.begin(), c.end(), y_c.begin() + state);
  }

  [[nodiscard]] double FromX(std::size_t direction, std::size_t row, const float* x_row) const {
    double sum = b.empty() ? 0.0 : b[direction * 2 * gates() + row];
    for (std::size_t i = 0; i < input; ++i) sum += double{x_row[i]} * w[(direction * gates() + row) * input + i];
    return sum;
  }
  [[nodiscard]] double FromH(std::size_t direction, std::size_t row, const std::vector<double>& h) const {
    double sum = b.empty() ? 0.0 : b[direction * 2 * gates() + gates() + row];
    for (std::size_t i = 0; i < hidden; ++i) sum += h[i] * r[(direction * gates() + row) * hidden + i];
    return sum;
  }

  void Step(std::size_t direction, const float* x_row, std::vector<double>& h, std::vector<double>& c) const {
    const std::vector<double> before = h;
    const auto sum = [&](std::size_t gate, std::size_t e) {
      return FromX(direction, gate * hidden + e, x_row) + FromH(direction, gate * hidden + e, before);
    };
    const auto peephole = [&](std::size_t gate, std::size_t e) {
      return p.empty() ? 0.0 : double{p[(direction * 3 + gate) * hidden + e]} * c[e];
    };
    std::vector<double> reset(hidden);
    for (std::size_t e = 0; e < hidden; ++e) reset[e] = before[e];
    if (kind == OpKind::GRU) {
      for (std::size_t e = 0; e < hidden; ++e) reset[e] *= Activated(direction, 0, sum(1, e));
    }
    for (std::size_t e = 0; e < hidden; ++e) {
      if (kind == OpKind::RNN) {
        h[e] = Activated(direction, 0, sum(0, e));
      } else if (kind == OpKind::GRU) {
        const std::size_t row = 2 * hidden + e;
        const double z = Activated(direction, 0, sum(0, e));
        const double recurrent = attributes.linear_before_reset
                                     ? Activated(direction, 0, sum(1, e)) * FromH(direction, row, before)
                                     : FromH(direction, row, reset);
        h[e] = (1 - z) * Activated(direction, 1, FromX(direction, row, x_row) + recurrent) + z * before[e];
      } else {
        const double i = Activated(direction, 0, sum(0, e) + peephole(0, e));
        const double f = attributes.input_forget ? 1 - i : Activated(direction, 0, sum(2, e) + peephole(2, e));
        c[e] = f * c[e] + i * Activated(direction, 1, sum(3, e));
        h[e] = Activated(direction, 0, sum(1, e) + peephole(1, e)) * Activated(direction, 2, c[e], false);
      }
    }
  }
};

}  // namespace alice
