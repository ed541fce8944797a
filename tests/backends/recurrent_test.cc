#include "backends/naive_recurrent.h"
#include "backends/op_model.h"
#include "kernels/isa.h"

namespace alice {
namespace {

constexpr Activation kSigmoid{ActivationKind::sigmoid};
constexpr Activation kTanh{ActivationKind::tanh};

RecurrentAttributes DefaultsOf(OpKind kind, RecurrentDirection direction) {
  RecurrentAttributes attributes;
  attributes.direction = direction;
  for (auto& activations : attributes.activations) {
    activations = {kind == OpKind::RNN ? kTanh : kSigmoid, kTanh, kTanh};
    if (kind != OpKind::LSTM) activations[2] = {};
    if (kind == OpKind::RNN) activations[1] = {};
  }
  return attributes;
}

Shape StateShape(const NaiveRecurrent& naive) {
  const auto directions = static_cast<std::int64_t>(naive.directions());
  const auto batch = static_cast<std::int64_t>(naive.batch);
  const auto hidden = static_cast<std::int64_t>(naive.hidden);
  return naive.attributes.batch_first ? Shape{batch, directions, hidden} : Shape{directions, batch, hidden};
}

/// With u = 2^-24: a gate is off by at most 40u (a sum of at most 14 terms of less than 2.5 together, an activation of
/// slope 1 and relative error 4u) and a quarter of what h is off by, the magnitudes of a row of R being less than 1/4
/// together, and with peepholes a sixteenth of what c is off by. With |c| ≤ 6, c' = f · c + i · g is off by what c is and
/// by 8 gates, h by c and 2 gates: 4.5 times as much and 500u more at every one of 5 steps.
constexpr double kTolerance = 0x1p-24 * 500 * (1 + 4.5 + 20.25 + 91.2 + 410.1);

void CheckClose(const Session& session, std::size_t output, const std::vector<double>& expected) {
  const std::vector<float> actual = OutputOf<float>(session, output);
  REQUIRE(actual.size() == expected.size());
  double worst = 0;
  for (std::size_t i = 0; i < actual.size(); ++i) {
    worst = std::max(worst, std::abs(static_cast<double>(actual[i]) - expected[i]));
  }
  CAPTURE(output);
  CHECK(worst <= kTolerance);
}

void Check(NaiveRecurrent naive, bool constant, Isa isa) {
  naive.Run();
  OpModel model;
  const auto directions = static_cast<std::int64_t>(naive.directions());
  const auto gates = static_cast<std::int64_t>(naive.gates());
  const auto time = static_cast<std::int64_t>(naive.time);
  const auto batch = static_cast<std::int64_t>(naive.batch);
  const auto input = static_cast<std::int64_t>(naive.input);
  const auto hidden = static_cast<std::int64_t>(naive.hidden);
  const Shape x = naive.attributes.batch_first ? Shape{batch, time, input} : Shape{time, batch, input};
  const auto optional = [&](const std::string& name, const Shape& shape, const auto& elements, bool is_constant) {
    return elements.empty() ? kNoValue : model.Operand(name, shape, elements, is_constant);
  };
  std::vector<ValueId> inputs = {model.Operand("x", x, naive.x, false),
                                 model.Operand("w", {directions, gates, input}, naive.w, constant),
                                 model.Operand("r", {directions, gates, hidden}, naive.r, constant),
                                 optional("b", {directions, 2 * gates}, naive.b, constant),
                                 optional("lengths", {batch}, naive.lengths, false),
                                 optional("h0", StateShape(naive), naive.h0, false)};
  if (naive.kind == OpKind::LSTM) {
    inputs.push_back(optional("c0", StateShape(naive), naive.c0, false));
    inputs.push_back(optional("p", {directions, 3 * hidden}, naive.p, constant));
  }
  const std::size_t outputs = naive.kind == OpKind::LSTM ? 3 : 2;
  for (const ValueId id : model.Nodes(naive.kind, inputs, outputs, naive.attributes)) model.Output(id);
  const Session session = model.Run(isa);
  CheckClose(session, 0, naive.y);
  CheckClose(session, 1, naive.y_h);
  if (outputs > 2) CheckClose(session, 2, naive.y_c);
}

void CheckAll(const NaiveRecurrent& naive) {
  for (const bool constant : {false, true}) {
    for (const Isa isa : {Isa::reference, Isa::simd128}) Check(naive, constant, isa);
  }
}

}  // namespace

TEST_CASE("recurrent operators are what ONNX defines, in each direction and layout", "[backends][recurrent]") {
  for (const OpKind kind : {OpKind::LSTM, OpKind::GRU, OpKind::RNN}) {
    for (const auto direction :
         {RecurrentDirection::forward, RecurrentDirection::reverse, RecurrentDirection::bidirectional}) {
      for (const bool batch_first : {false, true}) {
        CAPTURE(InfoOf(kind).name, static_cast<int>(direction), batch_first);
        NaiveRecurrent naive{
            .kind = kind, .attributes = DefaultsOf(kind, direction), .time = 5, .batch = 3, .input = 2, .hidden = 6};
        naive.attributes.batch_first = batch_first;
        naive.Fill(1, true, true, kind == OpKind::LSTM);
        CheckAll(naive);
        naive.lengths = {5, 1, 3};
        CheckAll(naive);
        naive.attributes.linear_before_reset = kind == OpKind::GRU;
        naive.attributes.input_forget = kind == OpKind::LSTM;
        CheckAll(naive);
      }
    }
  }
}

TEST_CASE("recurrent operators do without what is optional, and clip", "[backends][recurrent]") {
  for (const OpKind kind : {OpKind::LSTM, OpKind::GRU, OpKind::RNN}) {
    CAPTURE(InfoOf(kind).name);
    NaiveRecurrent naive{.kind = kind,
                         .attributes = DefaultsOf(kind, RecurrentDirection::bidirectional),
                         .time = 4,
                         .batch = 1,
                         .input = 3,
                         .hidden = 5};
    naive.Fill(2, false, false, false);
    CheckAll(naive);
    naive.attributes.linear_before_reset = kind == OpKind::GRU;
    naive.attributes.activations[0][0] = {ActivationKind::leaky_relu, 0.5f};
    naive.attributes.activations[1][0] = {ActivationKind::relu};
    naive.attributes.clip = 0.25f;
    CheckAll(naive);
  }
}

TEST_CASE("a sequence of more steps than a tile holds, and one of none", "[backends][recurrent]") {
  // 4 · 128 sums of 4 bytes a row: 128 rows in a tile of 2^18 bytes.
  NaiveRecurrent naive{.kind = OpKind::LSTM,
                       .attributes = DefaultsOf(OpKind::LSTM, RecurrentDirection::bidirectional),
                       .time = 0,
                       .batch = 3,
                       .input = 1,
                       .hidden = 128};
  naive.Fill(3, true, true, false);
  Check(naive, true, Isa::simd128);
  naive.time = 45;
  naive.Fill(3, true, true, false);
  // What the first of two equal halves leaves is what the second begins with.
  naive.attributes.direction = RecurrentDirection::forward;
  OpModel model;
  const ValueId w = model.Operand<float>("w", {1, 512, 1}, {naive.w.begin(), naive.w.begin() + 512}, true);
  const ValueId r = model.Operand<float>("r", {1, 512, 128}, {naive.r.begin(), naive.r.begin() + 65536}, true);
  const ValueId whole = model.Operand<float>("x", {45, 3, 1}, naive.x, false);
  const ValueId first = model.Operand<float>("x1", {20, 3, 1}, {naive.x.begin(), naive.x.begin() + 60}, false);
  const ValueId second = model.Operand<float>("x2", {25, 3, 1}, {naive.x.begin() + 60, naive.x.end()}, false);
  const std::vector<ValueId> at_once = model.Nodes(OpKind::LSTM, {whole, w, r}, 3, naive.attributes);
  const std::vector<ValueId> before = model.Nodes(OpKind::LSTM, {first, w, r}, 3, naive.attributes);
  const std::vector<ValueId> after =
      model.Nodes(OpKind::LSTM, {second, w, r, kNoValue, kNoValue, before[1], before[2]}, 3, naive.attributes);
  for (const ValueId id : {at_once[0], at_once[1], at_once[2], after[0], after[1], after[2]}) model.Output(id);
  const Session session = model.Run(Isa::simd128);
  const std::vector<float> y = OutputOf<float>(session, 0);
  CHECK(std::vector<float>(y.begin() + 20 * 3 * 128, y.end()) == OutputOf<float>(session, 3));
  CHECK(OutputOf<float>(session, 1) == OutputOf<float>(session, 4));
  CHECK(OutputOf<float>(session, 2) == OutputOf<float>(session, 5));
}

TEST_CASE("recurrent operators say which shapes do not fit", "[backends][recurrent]") {
  OpModel model;
  const ValueId x = model.Input("x", {model.Symbol("time"), Dim::Known(1), Dim::Known(2)});
  const ValueId w = model.Constant<float>("w", {1, 3, 2}, std::vector<float>(6));
  const ValueId r = model.Constant<float>("r", {1, 4, 4}, std::vector<float>(16));
  const ValueId y = model.Op(OpKind::RNN, {x, w, r}, DefaultsOf(OpKind::RNN, RecurrentDirection::forward), "rnn");
  const Status status = InferShapes(model.graph);
  REQUIRE_FALSE(status.ok());
  CHECK(status.error().code == ErrorCode::shape_mismatch);
  CHECK(status.error().message == "RNN \"rnn\": \"w\" is [1, 3, 2] instead of [1, 4, 2]");
  model.node(0).inputs[1] = model.Constant<float>("w4", {1, 4, 2}, std::vector<float>(8));
  REQUIRE(InferShapes(model.graph).ok());
  CHECK(model.TypeOf(y) == "f32[time, 1, 1, 4]");
}

}  // namespace alice
