// Whatever a run computes, it gives the same bits however many threads share it.
#include "thread_crew.h"

#ifdef ALICE_THREADS
#include <catch2/catch.hpp>
#include <cstring>
#include <functional>
#include <string>
#include <vector>

#include "backends/op_model.h"
#include "numeric/accepted_schemes.h"
#include "quant/quantize_model.h"
#include "random_floats.h"

namespace alice {
namespace {

using Dims = std::vector<std::int64_t>;

/// Graphs of one operator or two, large enough that their work is shared.
struct SharedModel : OpModel {
  ValueId Weights(const Dims& dims, unsigned seed) {
    std::int64_t count = 1;
    for (const std::int64_t size : dims) count *= size;
    return Constant<float>("w" + std::to_string(graph.values.size()), Shape(dims), RandomFloats(count, seed));
  }
  ValueId Product(ValueId x, std::int64_t k, std::int64_t n) {
    return Op(OpKind::MatMul, {x, Weights({k, n}, 3)}, {}, "product" + std::to_string(graph.nodes.size()));
  }
  ValueId Conv(ValueId x, const Dims& w, std::int64_t group = 1, std::int64_t stride = 1) {
    ConvAttributes attributes;
    attributes.group = group;
    attributes.window.strides = {stride, stride};
    const std::int64_t pad = w[2] / 2;
    attributes.window.pads = {pad, pad, pad, pad};
    return Op(OpKind::Conv, {x, Weights(w, 4), Weights({w[0]}, 5)}, attributes,
              "conv" + std::to_string(graph.nodes.size()));
  }
  ValueId Pool(OpKind kind, ValueId x) {
    PoolAttributes attributes;
    attributes.window.kernel = {3, 3};
    attributes.window.strides = {2, 2};
    attributes.window.pads = {1, 1, 1, 1};
    attributes.count_include_pad = true;
    return Op(kind, {x}, attributes);
  }
  ValueId Tanh(ValueId x) { return Op(OpKind::Tanh, {x}, Activation{ActivationKind::tanh}); }

  Session Make(const Scheme& scheme) {
    REQUIRE(Optimize(graph, budget).ok());
    REQUIRE(QuantizeModel(graph, scheme, {}, budget).ok());
    auto session = Session::Create(std::move(graph), budget, BestIsa());
    INFO((session.ok() ? "" : session.error().message));
    REQUIRE(session.ok());
    for (std::size_t node = 0; node < session->graph().nodes.size(); ++node) {
      if (session->graph().nodes[node].quantized && scheme.activations.strategy == Strategy::fixed) {
        session->SetRange(node, {-1.25f, 2.0f});
      }
    }
    return std::move(*session);
  }
};

struct SharedCase {
  std::string name;
  std::function<ValueId(SharedModel&)> build;
};

ValueId Image(SharedModel& model, const Dims& dims) { return model.Input("x", SymbolicShape::Of(Shape(dims)).dims); }
ValueId Batch(SharedModel& model, std::int64_t rows, std::int64_t k) {
  return model.Input("x", {model.Symbol("batch"), Dim::Known(rows), Dim::Known(k)});
}

/// With products that schemes quantize.
std::vector<SharedCase> ProductCases() {
  return {
      {"many rows", [](SharedModel& m) { return m.Product(Batch(m, 97, 50), 50, 90); }},
      {"more rows than a tile holds", [](SharedModel& m) { return m.Product(Batch(m, 350, 40), 40, 130); }},
      {"few rows", [](SharedModel& m) { return m.Tanh(m.Product(Batch(m, 5, 300), 300, 251)); }},
      {"one row", [](SharedModel& m) { return m.Product(Batch(m, 1, 601), 601, 509); }},
      {"one after the other",
       [](SharedModel& m) { return m.Product(m.Relu(m.Product(Batch(m, 60, 64), 64, 100)), 100, 70); }},
      {"few rows, one after the other",
       [](SharedModel& m) { return m.Product(m.Relu(m.Product(Batch(m, 3, 400), 400, 300)), 300, 333); }},
      {"3 x 3", [](SharedModel& m) { return m.Relu(m.Conv(Image(m, {2, 7, 21, 19}), {25, 7, 3, 3})); }},
      {"3 x 3, few outputs", [](SharedModel& m) { return m.Conv(Image(m, {1, 30, 5, 4}), {77, 30, 3, 3}); }},
      {"pointwise, then 3 x 3 with stride",
       [](SharedModel& m) {
         return m.Conv(m.Relu(m.Conv(Image(m, {1, 24, 17, 18}), {40, 24, 1, 1})), {33, 40, 3, 3}, 1, 2);
       }},
      {"depthwise", [](SharedModel& m) { return m.Relu(m.Conv(Image(m, {2, 37, 23, 22}), {37, 1, 3, 3}, 37)); }},
      {"in groups", [](SharedModel& m) { return m.Relu(m.Conv(Image(m, {2, 12, 30, 31}), {18, 6, 3, 3}, 2)); }},
      {"in groups between others",
       [](SharedModel& m) {
         const ValueId wide = m.Relu(m.Conv(Image(m, {1, 8, 20, 21}), {48, 8, 1, 1}));
         return m.Conv(m.Relu(m.Conv(wide, {40, 12, 3, 3}, 4)), {16, 40, 1, 1});
       }},
      {"depthwise between others",
       [](SharedModel& m) {
         const ValueId wide = m.Relu(m.Conv(Image(m, {1, 8, 20, 21}), {48, 8, 1, 1}));
         return m.Conv(m.Relu(m.Conv(wide, {48, 1, 5, 5}, 48, 2)), {16, 48, 1, 1});
       }},
      {"depthwise on few rows between products with more weights than rows",
       [](SharedModel& m) {
         const ValueId wide = m.Tanh(m.Conv(Image(m, {1, 64, 3, 4}), {410, 64, 1, 1}));
         return m.Conv(m.Tanh(m.Conv(wide, {410, 1, 3, 3}, 410)), {100, 410, 1, 1});
       }},
      {"pointwise, with more weights than rows",
       [](SharedModel& m) {
         return m.Conv(m.Relu(m.Conv(Image(m, {1, 64, 6, 5}), {300, 64, 1, 1})), {130, 300, 1, 1});
       }},
  };
}

std::vector<SharedCase> OtherCases() {
  const Dims image{1, 3, 75, 71};
  return {
      {"a sum", [=](SharedModel& m) { return m.Op(OpKind::Add, {Image(m, image), m.Weights(image, 8)}); }},
      {"a sum with a row", [=](SharedModel& m) { return m.Op(OpKind::Add, {Image(m, image), m.Weights({71}, 8)}); }},
      {"a product with a column",
       [=](SharedModel& m) { return m.Op(OpKind::Mul, {m.Weights({75, 1}, 8), Image(m, image)}); }},
      {"a quotient by one number",
       [=](SharedModel& m) { return m.Op(OpKind::Div, {Image(m, image), m.Weights({1}, 8)}); }},
      {"an activation", [=](SharedModel& m) { return m.Tanh(Image(m, image)); }},
      {"maxima", [](SharedModel& m) { return m.Pool(OpKind::MaxPool, Image(m, {2, 30, 33, 29})); }},
      {"means with padding", [](SharedModel& m) { return m.Pool(OpKind::AveragePool, Image(m, {2, 30, 33, 29})); }},
  };
}

std::vector<std::uint32_t> BitsOf(Session& session, Precision precision) {
  session.Run(precision);
  const TensorView y = session.Output(0);
  std::vector<std::uint32_t> bits(static_cast<std::size_t>(y.shape.elements()));
  std::memcpy(bits.data(), y.data, bits.size() * sizeof(std::uint32_t));
  return bits;
}

void Feed(Session& session) {
  const auto x = session.Input(0).elements<float>();
  std::ranges::copy(RandomFloats(static_cast<std::int64_t>(x.size()), 1), x.begin());
}

void CheckShared(const SharedCase& shared, const Scheme& scheme, std::int64_t samples) {
  SharedModel model;
  model.Output(shared.build(model));
  Session session = model.Make(scheme);
  if (session.has_batch_axis()) REQUIRE(session.PlanFor(samples).ok());
  Feed(session);
  const auto fp32 = BitsOf(session, Precision::fp32);
  const auto int8 = BitsOf(session, Precision::int8);
  for (const std::size_t count : {2, 3, 5}) {
    INFO(shared.name << ", " << count << " threads, " << SchemeText(scheme));
    ThreadCrew crew(count);
    REQUIRE(session.Share(crew.threads()).ok());
    Feed(session);
    CHECK((BitsOf(session, Precision::fp32) == fp32));
    CHECK((BitsOf(session, Precision::int8) == int8));
    REQUIRE(session.Share({}).ok());
  }
}

}  // namespace

TEST_CASE("products give the same bits however many threads share them, in every scheme", "[threads]") {
  for (const Scheme& scheme : AcceptedSchemes()) {
    for (const SharedCase& shared : ProductCases()) CheckShared(shared, scheme, 2);
  }
}

TEST_CASE("so do other operators", "[threads]") {
  for (const SharedCase& shared : OtherCases()) CheckShared(shared, {}, 1);
}

TEST_CASE("a session that shares its work runs as many samples, and fewer", "[threads]") {
  SharedModel model;
  model.Output(model.Product(Batch(model, 20, 64), 64, 96));
  Session session = model.Make({});
  REQUIRE(session.PlanFor(7).ok());
  const auto answers = [&] {
    std::vector<std::vector<std::uint32_t>> all;
    for (const std::int64_t samples : {7, 1, 3}) {
      session.SetSamples(samples);
      Feed(session);
      all.push_back(BitsOf(session, Precision::int8));
    }
    return all;
  };
  const auto alone = answers();
  ThreadCrew crew(3);
  REQUIRE(session.Share(crew.threads()).ok());
  CHECK(session.max_samples() == 7);
  CHECK(answers() == alone);
  REQUIRE(session.Share({}).ok());
}

TEST_CASE("without memory for the scratch of all threads a session stays as it was", "[threads]") {
  SharedModel model;
  model.Output(model.Conv(Image(model, {1, 16, 20, 20}), {24, 16, 3, 3}));
  Session session = model.Make({});
  Feed(session);
  const auto alone = BitsOf(session, Precision::int8);
  model.budget.set_limit_bytes(model.budget.held_bytes());
  ThreadCrew crew(2);
  const Status shared = session.Share(crew.threads());
  REQUIRE_FALSE(shared.ok());
  CHECK(shared.error().code == ErrorCode::budget_exceeded);
  CHECK(session.threads().count() == 1);
  CHECK((BitsOf(session, Precision::int8) == alone));
}

}  // namespace alice
#endif
