#pragma once

#include <vector>

#include "backends/naive_recurrent.h"
#include "backends/op_model.h"

namespace alice {

inline RecurrentAttributes DefaultsOf(OpKind kind, RecurrentDirection direction) {
  constexpr Activation kSigmoid{ActivationKind::sigmoid};
  constexpr Activation kTanh{ActivationKind::tanh};
  RecurrentAttributes attributes;
  attributes.direction = direction;
  for (auto& activations : attributes.activations) {
    activations = {kind == OpKind::RNN ? kTanh : kSigmoid, kTanh, kTanh};
    if (kind != OpKind::LSTM) activations[2] = {};
    if (kind == OpKind::RNN) activations[1] = {};
  }
  return attributes;
}

/// The operator of a NaiveRecurrent, all of whose outputs are the model's.
struct RecurrentModel : OpModel {
  RecurrentModel(const NaiveRecurrent& naive, bool constant_weights) {
    const auto directions = static_cast<std::int64_t>(naive.directions());
    const auto gates = static_cast<std::int64_t>(naive.gates());
    const auto time = static_cast<std::int64_t>(naive.time);
    const auto batch = static_cast<std::int64_t>(naive.batch);
    const auto input = static_cast<std::int64_t>(naive.input);
    const auto hidden = static_cast<std::int64_t>(naive.hidden);
    const bool batch_first = naive.attributes.batch_first;
    const Shape x = batch_first ? Shape{batch, time, input} : Shape{time, batch, input};
    const Shape state = batch_first ? Shape{batch, directions, hidden} : Shape{directions, batch, hidden};
    const auto optional = [&](const std::string& name, const Shape& shape, const auto& elements, bool is_constant) {
      return elements.empty() ? kNoValue : Operand(name, shape, elements, is_constant);
    };
    std::vector<ValueId> inputs = {Operand("x", x, naive.x, false),
                                   Operand("w", {directions, gates, input}, naive.w, constant_weights),
                                   Operand("r", {directions, gates, hidden}, naive.r, constant_weights),
                                   optional("b", {directions, 2 * gates}, naive.b, constant_weights),
                                   optional("lengths", {batch}, naive.lengths, false),
                                   optional("h0", state, naive.h0, false)};
    if (naive.kind == OpKind::LSTM) {
      inputs.push_back(optional("c0", state, naive.c0, false));
      inputs.push_back(optional("p", {directions, 3 * hidden}, naive.p, constant_weights));
    }
    const std::size_t outputs = naive.kind == OpKind::LSTM ? 3 : 2;
    for (const ValueId id : Nodes(naive.kind, inputs, outputs, naive.attributes, "layer")) Output(id);
  }
};

/// With u = 2^-24: a gate is off by at most 40u (a sum of at most 14 terms of less than 2.5 together, an activation of
/// slope 1 and relative error 4u) and a quarter of what h is off by, the magnitudes of a row of R being less than 1/4
/// together, and with peepholes a sixteenth of what c is off by. With |c| ≤ 6, c' = f · c + i · g is off by what c is and
/// by 8 gates, h by c and 2 gates: 4.5 times as much and 500u more at every one of 5 steps.
inline constexpr double kRecurrentTolerance = 0x1p-24 * 500 * (1 + 4.5 + 20.25 + 91.2 + 410.1);

/// Compares the outputs of a RecurrentModel's session with those of the NaiveRecurrent, which has run.
inline void CheckClose(const Session& session, const NaiveRecurrent& naive) {
  const std::vector<double>* const outputs[] = {&naive.y, &naive.y_h, &naive.y_c};
  for (std::size_t output = 0; output < session.graph().outputs.size(); ++output) {
    const std::vector<double>& expected = *outputs[output];
    const std::vector<float> actual = OutputOf<float>(session, output);
    REQUIRE(actual.size() == expected.size());
    double worst = 0;
    for (std::size_t i = 0; i < actual.size(); ++i) {
      worst = std::max(worst, std::abs(static_cast<double>(actual[i]) - expected[i]));
    }
    CAPTURE(output);
    CHECK(worst <= kRecurrentTolerance);
  }
}

}  // namespace alice
