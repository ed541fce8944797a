#pragma once

#include <catch2/catch.hpp>
#include <cstring>
#include <random>
#include <vector>

#include "exec/session.h"
#include "ir/graph_builder.h"
#include "passes/pipeline.h"
#include "quant/quantize_model.h"

namespace alice {

inline constexpr std::size_t kRows = 3, kInputs = 45, kHidden = 19, kOutputs = 6;

inline std::vector<float> RandomFloats(std::size_t count, unsigned seed, float low, float high) {
  std::mt19937 random(seed);
  std::vector<float> values(count);
  for (float& value : values) value = low + (high - low) * static_cast<float>(random() % 4096) / 4095.0f;
  return values;
}

/// x → Gemm → Relu → Gemm.
struct TwoLayers {
  GraphBuilder builder;
  std::vector<float> w1 = RandomFloats(kInputs * kHidden, 1, -1.0f, 0.7f);
  std::vector<float> b1 = RandomFloats(kHidden, 2, -1.0f, 1.0f);
  std::vector<float> w2 = RandomFloats(kHidden * kOutputs, 3, -0.4f, 1.0f);
  std::vector<float> b2 = RandomFloats(kOutputs, 4, -1.0f, 1.0f);
  std::vector<float> x = RandomFloats(kRows * kInputs, 5, -1.5f, 2.0f);
  static constexpr QuantRange kInputRange{-1.25f, 2.0f};  ///< clips a little
  static constexpr QuantRange kHiddenRange{0.0f, 6.0f};

  TwoLayers() {
    const ValueId in = builder.Input("x", {builder.Symbol("batch"), Dim::Known(kInputs)});
    const ValueId h = builder.Op(
        OpKind::Gemm,
        {in, builder.Constant<float>("w1", {kInputs, kHidden}, w1), builder.Constant<float>("b1", {kHidden}, b1)},
        GemmAttributes{}, "first");
    builder.Output(builder.Op(OpKind::Gemm,
                              {builder.Relu(h), builder.Constant<float>("w2", {kHidden, kOutputs}, w2),
                               builder.Constant<float>("b2", {kOutputs}, b2)},
                              GemmAttributes{}, "second"));
  }

  Session MakeSession(const Scheme& scheme, Isa isa) {
    REQUIRE(Optimize(builder.graph, builder.budget).ok());
    REQUIRE(QuantizeModel(builder.graph, scheme, {}, builder.budget).ok());
    auto created = Session::Create(std::move(builder.graph), builder.budget, isa);
    REQUIRE(created.ok());
    if (scheme.activations.strategy == Strategy::fixed) {
      CHECK_FALSE(created->has_int8());
      created->SetRange(0, kInputRange);
      created->SetRange(1, kHiddenRange);
    }
    REQUIRE(created->RunsQuantized(0));
    REQUIRE(created->RunsQuantized(1));
    REQUIRE(created->PlanFor(kRows).ok());
    created->SetSamples(kRows);
    return std::move(*created);
  }

  std::vector<float> Run(Session& session) const {
    std::memcpy(session.Input(0).data, x.data(), x.size() * sizeof(float));
    session.Run(Precision::int8);
    const auto y = session.Output(0).elements<const float>();
    return {y.begin(), y.end()};
  }
};

}  // namespace alice
