// The judge of a quantized recurrent operator is the same cell written out, step by step: its products with R are Gemms of
// the same weights, whose codes, scales, sums and float operations are the same.
#include <catch2/catch.hpp>
#include <map>

#include "backends/recurrent_model.h"
#include "numeric/accepted_schemes.h"
#include "onnx/reader.h"
#include "quant/quantize_model.h"
#include "random_floats.h"

namespace alice {
namespace {

constexpr OpKind kKinds[] = {OpKind::LSTM, OpKind::GRU, OpKind::RNN};
constexpr Scheme kStatic{.weights = {}, .activations = {.strategy = Strategy::fixed}};

/// Those in which both products run quantized.
std::vector<Scheme> IntegerSchemes() {
  std::vector<Scheme> schemes = AcceptedSchemes();
  std::erase_if(schemes, [](const Scheme& scheme) { return IsFp8(scheme.weights.type); });
  return schemes;
}

/// The session of a model as quantize() makes it; static inputs of layers are in [−1, 1].
Session Quantized(OpModel& model, const Scheme& scheme, Isa isa, FloatWeights float_weights = FloatWeights::kept) {
  REQUIRE(Optimize(model.graph, model.budget).ok());
  REQUIRE(QuantizeModel(model.graph, scheme, {}, model.budget).ok());
  REQUIRE(Verify(model.graph).ok());
  auto session = Session::Create(std::move(model.graph), model.budget, isa, {.float_weights = float_weights});
  INFO((session.ok() ? "" : session.error().message));
  REQUIRE(session.ok());
  for (std::size_t node = 0; node < session->graph().nodes.size(); ++node) {
    if (session->graph().nodes[node].quantized && scheme.activations.strategy == Strategy::fixed) {
      session->SetRange(node, {-1.0f, 1.0f});
    }
  }
  for (std::size_t i = 0; i < model.feeds.size(); ++i) {
    if (!model.feeds[i].empty()) std::memcpy(session->Input(i).data, model.feeds[i].data(), model.feeds[i].size());
  }
  return std::move(*session);
}

using Outputs = std::vector<std::vector<float>>;

Outputs OutputsOf(const Session& session) {
  Outputs outputs;
  for (std::size_t i = 0; i < session.graph().outputs.size(); ++i) outputs.push_back(OutputOf<float>(session, i));
  return outputs;
}

Outputs AnswerOf(const NaiveRecurrent& naive, const Scheme& scheme, Isa isa) {
  RecurrentModel model(naive, true);
  Session session = Quantized(model, scheme, isa);
  const auto layers =
      std::ranges::count_if(session.graph().nodes, [](const Node& node) { return node.quantized.has_value(); });
  REQUIRE(static_cast<std::size_t>(layers) == 2 * naive.directions());
  session.Run(Precision::int8);
  return OutputsOf(session);
}

std::vector<float> Transposed(const std::vector<float>& matrix, std::size_t rows) {
  const std::size_t columns = matrix.size() / rows;
  std::vector<float> transposed;
  for (std::size_t c = 0; c < columns; ++c) {
    for (std::size_t r = 0; r < rows; ++r) transposed.push_back(matrix[r * columns + c]);
  }
  return transposed;
}

/// One direction and one sample of a NaiveRecurrent, each step's cell made of operators; its outputs are the last states.
struct UnrolledModel : OpModel {
  explicit UnrolledModel(const NaiveRecurrent& naive) : naive(naive) {
    const auto time = static_cast<std::int64_t>(naive.time);
    const auto input = static_cast<std::int64_t>(naive.input);
    const ValueId x = Operand<float>("x", {time, 1, input}, naive.x, false);
    const ValueId w = Constant<float>("w", {input, gates}, Transposed(naive.w, naive.gates()));
    r = Constant<float>("r", {hidden, gates}, Transposed(naive.r, naive.gates()));
    const auto half = static_cast<std::ptrdiff_t>(naive.gates());
    const ValueId w_bias = Constant<float>("wb", {gates}, {naive.b.begin(), naive.b.begin() + half});
    r_bias = Constant<float>("rb", {gates}, {naive.b.begin() + half, naive.b.end()});
    const ValueId products = Op(OpKind::Add, {Op(OpKind::MatMul, {x, w}), w_bias});
    const std::vector<ValueId> steps =
        Nodes(OpKind::Split, {products}, naive.time, SplitAttributes{.axis = 0, .sizes = {}});
    ValueId h = Operand<float>("h0", {1, hidden}, naive.h0, false);
    if (naive.kind == OpKind::LSTM) c = Operand<float>("c0", {1, hidden}, naive.c0, false);
    for (std::size_t i = 0; i < naive.time; ++i) {
      const std::size_t step = naive.attributes.direction == RecurrentDirection::reverse ? naive.time - 1 - i : i;
      h = Next(Op(OpKind::Reshape, {steps[step]}, ReshapeAttributes{{1, gates}}), h);
    }
    Output(h);
    if (naive.kind == OpKind::LSTM) Output(c);
  }

  /// The stretches of `sums`, a gate each.
  std::vector<ValueId> Gates(ValueId sums) {
    if (naive.kind == OpKind::RNN) return {sums};
    return Nodes(OpKind::Split, {sums}, GatesOf(naive.kind), SplitAttributes{.axis = 1, .sizes = {}});
  }
  ValueId TimesR(ValueId h) { return Op(OpKind::Gemm, {h, r, r_bias}, GemmAttributes{}); }
  ValueId Sigmoid(ValueId v) { return Op(OpKind::Sigmoid, {v}, Activation{ActivationKind::sigmoid}); }
  ValueId Tanh(ValueId v) { return Op(OpKind::Tanh, {v}, Activation{ActivationKind::tanh}); }
  ValueId Add(ValueId a, ValueId b) { return Op(OpKind::Add, {a, b}); }
  ValueId Mul(ValueId a, ValueId b) { return Op(OpKind::Mul, {a, b}); }

  ValueId Next(ValueId x, ValueId h) {
    const std::vector<ValueId> from_x = Gates(x);
    std::vector<ValueId> sums = Gates(TimesR(h));
    if (naive.kind == OpKind::RNN) return Tanh(Add(sums[0], from_x[0]));
    if (naive.kind == OpKind::LSTM) {
      for (std::size_t gate = 0; gate < 4; ++gate) sums[gate] = Add(sums[gate], from_x[gate]);
      c = Add(Mul(Sigmoid(sums[2]), c), Mul(Sigmoid(sums[0]), Tanh(sums[3])));
      return Mul(Tanh(c), Sigmoid(sums[1]));
    }
    const ValueId z = Sigmoid(Add(sums[0], from_x[0]));
    const ValueId reset = Sigmoid(Add(sums[1], from_x[1]));
    const ValueId candidate =
        naive.attributes.linear_before_reset ? Mul(reset, sums[2]) : Gates(TimesR(Mul(reset, h)))[2];
    const ValueId one = Constant<float>("one", {}, {1.0f});
    return Add(Mul(Op(OpKind::Sub, {one, z}), Tanh(Add(from_x[2], candidate))), Mul(z, h));
  }

  const NaiveRecurrent& naive;
  std::int64_t hidden = static_cast<std::int64_t>(naive.hidden);
  std::int64_t gates = static_cast<std::int64_t>(naive.gates());
  ValueId r = kNoValue, r_bias = kNoValue, c = kNoValue;
};

/// One sample of one direction of `all`, up to its length.
NaiveRecurrent PartOf(const NaiveRecurrent& all, std::size_t direction, std::size_t sample) {
  NaiveRecurrent part = all;
  part.batch = 1;
  part.time = all.lengths.empty() ? all.time : static_cast<std::size_t>(all.lengths[sample]);
  part.lengths.clear();
  if (all.directions() == 2) {
    part.attributes.direction = direction == 0 ? RecurrentDirection::forward : RecurrentDirection::reverse;
    part.attributes.activations[0] = all.attributes.activations[direction];
  }
  const auto slice = [](const std::vector<float>& list, std::size_t index, std::size_t count) {
    if (list.empty()) return list;
    const auto begin = list.begin() + static_cast<std::ptrdiff_t>(index * count);
    return std::vector<float>(begin, begin + static_cast<std::ptrdiff_t>(count));
  };
  part.x.clear();
  for (std::size_t t = 0; t < part.time; ++t) {
    const std::size_t row = all.attributes.batch_first ? sample * all.time + t : t * all.batch + sample;
    for (const float value : slice(all.x, row, all.input)) part.x.push_back(value);
  }
  part.w = slice(all.w, direction, all.gates() * all.input);
  part.r = slice(all.r, direction, all.gates() * all.hidden);
  part.b = slice(all.b, direction, 2 * all.gates());
  part.p = slice(all.p, direction, 3 * all.hidden);
  const std::size_t state = all.StateAt(direction, sample) / all.hidden;
  part.h0 = slice(all.h0, state, all.hidden);
  part.c0 = slice(all.c0, state, all.hidden);
  return part;
}

NaiveRecurrent Example(OpKind kind, RecurrentDirection direction, std::size_t batch, std::size_t time = 5) {
  NaiveRecurrent naive{
      .kind = kind, .attributes = DefaultsOf(kind, direction), .time = time, .batch = batch, .input = 7, .hidden = 21};
  naive.Fill(static_cast<std::uint32_t>(kind), true, true, false);
  for (float& value : naive.r) value *= 8.0f;  // what h is quantized to matters
  return naive;
}

}  // namespace

TEST_CASE("a quantized recurrent operator gives the bits of its cells written out, in every scheme",
          "[backends][recurrent]") {
  for (const OpKind kind : kKinds) {
    for (const bool linear : {false, true}) {
      if (linear && kind != OpKind::GRU) continue;
      auto direction = RecurrentDirection::forward;
      for (const Scheme& scheme : IntegerSchemes()) {
        NaiveRecurrent naive = Example(kind, direction, 1, 2);
        naive.attributes.linear_before_reset = linear;
        for (const Isa isa : {Isa::reference, BestIsa()}) {
          INFO(InfoOf(kind).name << ", " << SchemeText(scheme));
          UnrolledModel unrolled(naive);
          Session session = Quantized(unrolled, scheme, isa);
          session.Run(Precision::int8);
          Outputs answer = AnswerOf(naive, scheme, isa);
          answer.erase(answer.begin());  // the last states are what is compared
          REQUIRE(answer == OutputsOf(session));
        }
        direction =
            direction == RecurrentDirection::forward ? RecurrentDirection::reverse : RecurrentDirection::forward;
      }
    }
  }
}

TEST_CASE("a batch of sequences of any lengths, in both directions, is quantized as each alone",
          "[backends][recurrent]") {
  for (const OpKind kind : kKinds) {
    for (const bool batch_first : {false, true}) {
      CAPTURE(InfoOf(kind).name, batch_first);
      NaiveRecurrent naive = Example(kind, RecurrentDirection::bidirectional, 3);
      naive.attributes.batch_first = batch_first;
      if (kind == OpKind::LSTM) naive.p = RandomFloats(6 * naive.hidden, 3);
      naive.lengths = {5, 1, 3};
      const Outputs whole = AnswerOf(naive, kStatic, BestIsa());
      for (std::size_t direction = 0; direction < 2; ++direction) {
        for (std::size_t sample = 0; sample < 3; ++sample) {
          const NaiveRecurrent part = PartOf(naive, direction, sample);
          const Outputs alone = AnswerOf(part, kStatic, BestIsa());
          for (std::size_t state = 1; state < whole.size(); ++state) {
            const auto at = whole[state].begin() + static_cast<std::ptrdiff_t>(naive.StateAt(direction, sample));
            CHECK(std::vector<float>(at, at + 21) == alone[state]);
          }
          for (std::size_t t = 0; t < naive.time; ++t) {
            const std::size_t row =
                batch_first ? (sample * naive.time + t) * 2 + direction : (t * 2 + direction) * naive.batch + sample;
            const auto at = whole[0].begin() + static_cast<std::ptrdiff_t>(row * 21);
            const auto from = alone[0].begin() + static_cast<std::ptrdiff_t>(t * 21);
            const std::vector<float> expected =
                t < part.time ? std::vector<float>(from, from + 21) : std::vector<float>(21, 0.0f);
            CHECK(std::vector<float>(at, at + 21) == expected);
          }
        }
      }
    }
  }
}

TEST_CASE("each sample's state has a range of its own", "[backends][recurrent]") {
  // X is the same for both, so that its range is too; the second state is a hundred times the first.
  NaiveRecurrent naive = Example(OpKind::LSTM, RecurrentDirection::forward, 2);
  for (std::size_t row = 1; row < 2 * naive.time; row += 2) {
    std::copy_n(naive.x.begin() + static_cast<std::ptrdiff_t>((row - 1) * naive.input), naive.input,
                naive.x.begin() + static_cast<std::ptrdiff_t>(row * naive.input));
  }
  for (std::size_t i = 21; i < 42; ++i) naive.h0[i] = 100.0f * naive.h0[i - 21];
  const Outputs whole = AnswerOf(naive, {}, BestIsa());
  for (std::size_t sample = 0; sample < 2; ++sample) {
    const auto at = whole[1].begin() + static_cast<std::ptrdiff_t>(21 * sample);
    CHECK(std::vector<float>(at, at + 21) == AnswerOf(PartOf(naive, 0, sample), {}, BestIsa())[1]);
  }
}

TEST_CASE("a split recurrent operator gives in float what ONNX defines", "[passes][recurrent]") {
  for (const OpKind kind : kKinds) {
    for (const auto direction :
         {RecurrentDirection::forward, RecurrentDirection::reverse, RecurrentDirection::bidirectional}) {
      for (const bool batch_first : {false, true}) {
        for (const bool has_all : {false, true}) {
          CAPTURE(InfoOf(kind).name, static_cast<int>(direction), batch_first, has_all);
          NaiveRecurrent naive{
              .kind = kind, .attributes = DefaultsOf(kind, direction), .time = 5, .batch = 3, .input = 2, .hidden = 6};
          naive.attributes.batch_first = batch_first;
          naive.attributes.linear_before_reset = has_all && kind == OpKind::GRU;
          naive.Fill(1, has_all, has_all, has_all && kind == OpKind::LSTM);
          if (has_all) {
            naive.lengths = {5, 1, 3};
            naive.attributes.activations[1][0] = {ActivationKind::relu};
          }
          naive.Run();
          RecurrentModel model(naive, true);
          Session session = Quantized(model, {}, Isa::simd128);
          session.Run(Precision::fp32);
          CheckClose(session, naive);
        }
      }
    }
  }
}

TEST_CASE("a sequence of no steps leaves a quantized recurrent operator's states as they are",
          "[backends][recurrent]") {
  NaiveRecurrent naive = Example(OpKind::LSTM, RecurrentDirection::bidirectional, 1);
  naive.time = 0;
  naive.x.clear();
  for (const Scheme& scheme : {Scheme{}, kStatic}) {
    CHECK(AnswerOf(naive, scheme, BestIsa()) == Outputs{{}, naive.h0, naive.c0});
  }
}

TEST_CASE("calibration is told every state that a recurrent operator multiplies", "[backends][recurrent]") {
  struct States final : RunObserver {
    void OnInput(std::size_t node, const TensorView& input) override {
      for (const float value : input.elements<const float>()) of[node].push_back(value);
    }
    std::map<std::size_t, std::vector<float>> of;
  };
  NaiveRecurrent naive = Example(OpKind::GRU, RecurrentDirection::forward, 1);
  for (const bool linear : {true, false}) {
    naive.attributes.linear_before_reset = linear;
    RecurrentModel model(naive, true);
    Session session = Quantized(model, {}, BestIsa());
    States states;
    session.Run(Precision::fp32, &states);
    REQUIRE(states.of.size() == 2);
    CHECK(states.of.begin()->second == naive.x);
    const std::vector<float>& seen = states.of.rbegin()->second;
    const std::vector<float> y = OutputOf<float>(session);
    // The initial state, then what each step has made but the last; in between r · h, where the reset gate comes first.
    const std::size_t products = linear ? 1 : 2;
    REQUIRE(seen.size() == products * naive.time * 21);
    for (std::size_t step = 0; step < naive.time; ++step) {
      const float* const expected = step == 0 ? naive.h0.data() : y.data() + (step - 1) * 21;
      CHECK(std::equal(expected, expected + 21, seen.begin() + static_cast<std::ptrdiff_t>(products * step * 21)));
    }
  }
}

TEST_CASE("a quantized recurrent operator is written with the weights that its codes stand for", "[quant][recurrent]") {
  for (const OpKind kind : kKinds) {
    for (const Scheme& scheme : AcceptedSchemes()) {
      INFO(InfoOf(kind).name << ", " << SchemeText(scheme));
      NaiveRecurrent naive = Example(kind, RecurrentDirection::bidirectional, 2);
      naive.lengths = {5, 2};
      RecurrentModel model(naive, true);
      REQUIRE(Optimize(model.graph, model.budget).ok());
      REQUIRE(QuantizeModel(model.graph, scheme, {}, model.budget).ok());
      const auto onnx = ExportQuantized(model.graph, model.budget);
      INFO((onnx.ok() ? "" : onnx.error().message));
      REQUIRE(onnx.ok());
      OpModel read;
      read.feeds = model.feeds;
      auto graph = ReadOnnx(*onnx, read.budget);
      REQUIRE(graph.ok());
      read.graph = std::move(*graph);
      const Session exported = read.Run(Isa::simd128);
      RecurrentModel again(naive, true);
      Session decoded = Quantized(again, scheme, Isa::simd128, FloatWeights::decoded);
      decoded.Run(Precision::fp32);
      CHECK(OutputsOf(exported) == OutputsOf(decoded));
    }
  }
}

TEST_CASE("a recurrent operator whose name is excluded stays whole, as do weights that are not constant",
          "[quant][recurrent]") {
  const NaiveRecurrent naive = Example(OpKind::GRU, RecurrentDirection::bidirectional, 1);
  for (const bool constant : {true, false}) {
    RecurrentModel model(naive, constant);
    REQUIRE(Optimize(model.graph, model.budget).ok());
    REQUIRE(QuantizeModel(model.graph, {}, {.exclude = {constant ? "layer" : "nothing"}}, model.budget).ok());
    CHECK(model.Kinds() == "GRU");
  }
  RecurrentModel model(naive, true);
  REQUIRE(Optimize(model.graph, model.budget).ok());
  REQUIRE(QuantizeModel(model.graph, {}, {.exclude = {"layer/reverse*"}}, model.budget).ok());
  CHECK(model.Kinds() == "Split MatMul Add GRU MatMul Add GRU Concat Concat");
  for (const Node& node : model.graph.nodes) {
    const bool is_layer = node.kind == OpKind::GRU || node.kind == OpKind::MatMul;
    CHECK(node.quantized.has_value() == (is_layer && node.name.starts_with("layer/forward")));
  }
}

}  // namespace alice
