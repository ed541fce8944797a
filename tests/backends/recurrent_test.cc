#include "backends/recurrent_model.h"
#include "kernels/isa.h"

namespace alice {
namespace {

void Check(NaiveRecurrent naive, bool constant, Isa isa) {
  naive.Run();
  RecurrentModel model(naive, constant);
  const Session session = model.Run(isa);
  CheckClose(session, naive);
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
