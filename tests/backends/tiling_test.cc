// Products whose rows are taken in tiles: the same bits as row by row, and scratch that does not grow.
#include <catch2/catch.hpp>
#include <cstring>
#include <random>

#include "backends/cpu/tile_rows.h"
#include "exec/session.h"
#include "ir/graph_builder.h"
#include "numeric/accepted_schemes.h"
#include "passes/pipeline.h"
#include "quant/quantize_model.h"

namespace alice {
namespace {

constexpr std::int64_t kIn = 20, kOut = 1000;

std::vector<float> Floats(std::size_t count, unsigned seed) {
  std::mt19937 random(seed);
  std::vector<float> values(count);
  for (float& value : values) value = static_cast<float>(random() % 4001) / 1000.0f - 1.5f;
  return values;
}

/// x [batch, rows, kIn] · w [kIn, kOut], and where asked for a product [kOut, 5] behind it.
struct Product {
  GraphBuilder builder;

  Session Make(std::int64_t rows, const Scheme& scheme, Isa isa, bool has_second = false) {
    const ValueId x = builder.Input("x", {builder.Symbol("batch"), Dim::Known(rows), Dim::Known(kIn)});
    const ValueId w = builder.Constant<float>("w", {kIn, kOut}, Floats(kIn * kOut, 3));
    ValueId y = builder.Op(OpKind::MatMul, {x, w}, {}, "product");
    if (has_second) {
      y = builder.Op(OpKind::MatMul, {y, builder.Constant<float>("v", {kOut, 5}, Floats(kOut * 5, 4))}, {}, "second");
    }
    builder.Output(y);
    REQUIRE(Optimize(builder.graph, builder.budget).ok());
    REQUIRE(QuantizeModel(builder.graph, scheme, {}, builder.budget).ok());
    auto session = Session::Create(std::move(builder.graph), builder.budget, isa);
    REQUIRE(session.ok());
    return std::move(*session);
  }
};

/// The rows of every trace, one behind the other.
struct RowRecorder final : RunObserver {
  std::size_t rows = 0;
  std::vector<std::int32_t> corrected;

  void OnInt8Gemm(std::size_t /*node*/, const Int8GemmTrace& trace) override {
    REQUIRE(trace.first_row == rows);
    REQUIRE(trace.n == kOut);
    rows += trace.m;
    for (std::size_t row = 0; row < trace.m; ++row) {
      const std::int32_t zero_point = trace.a_qparams[row / trace.rows_per_group].zero_point;
      for (std::size_t c = 0; c < trace.n; ++c) {
        corrected.push_back(trace.accumulators[row * trace.n + c] - zero_point * trace.column_sums[c]);
      }
    }
  }
};

std::vector<float> Run(Session& session, std::span<const float> x, std::int64_t samples,
                       RunObserver* observer = nullptr) {
  REQUIRE(session.PlanFor(samples).ok());
  session.SetSamples(samples);
  std::memcpy(session.Input(0).data, x.data(), x.size_bytes());
  session.Run(Precision::int8, observer);
  const auto y = session.Output(0).elements<const float>();
  return {y.begin(), y.end()};
}

/// Every row on its own, quantized with the range of its sample where the scheme has one for a sample.
std::vector<float> RowByRow(const std::vector<float>& x, std::int64_t rows, const Scheme& scheme, QuantRange range,
                            Isa isa) {
  const bool is_static = scheme.activations.strategy == Strategy::fixed;
  const bool is_float = IsFp8(scheme.weights.type);
  const bool has_own_range = scheme.activations.granularity == ActivationGranularity::per_token;
  Scheme one_row = scheme;
  // A product without a bias is the same whether its range was found or given.
  if (!is_float && !has_own_range) one_row.activations.strategy = Strategy::fixed;
  Product product;
  Session session = product.Make(1, one_row, isa);
  std::vector<float> y;
  for (std::size_t row = 0; row < x.size() / kIn; ++row) {
    const auto sample_values = static_cast<std::size_t>(rows * kIn);
    const auto sample = std::span(x).subspan(row * kIn / sample_values * sample_values, sample_values);
    if (one_row.activations.strategy == Strategy::fixed) {
      const auto [low, high] = std::ranges::minmax(sample);
      session.SetRange(0, is_static ? range : QuantRange{low, high});
    }
    const auto part = Run(session, std::span(x).subspan(row * kIn, kIn), 1);
    y.insert(y.end(), part.begin(), part.end());
  }
  return y;
}

}  // namespace

TEST_CASE("a tile holds what its bytes allow, and one row at least", "[backends]") {
  CHECK(TileRows(5, 8) == 5);
  CHECK(TileRows(1 << 20, 8) == kTileBytes / 8);
  CHECK(TileRows(1 << 20, kTileBytes / 50) == 48);
  CHECK(TileRows(1 << 20, kTileBytes / 3) == 3);
  CHECK(TileRows(7, 2 * kTileBytes) == 1);
  CHECK(TileRows(0, 8) == 1);
  CHECK(TileRows(5, 0) == 5);
}

TEST_CASE("products in tiles give the bits of single rows, and show every row once", "[backends]") {
  const Isa isa = BestIsa();
  for (const Scheme& scheme : AcceptedSchemes()) {
    // Tiles hold 64 rows at most, 32 where floats lie beside the sums.
    for (const std::int64_t rows : {31, 33, 65}) {
      for (const std::int64_t samples : {1, 2}) {
        INFO(SchemeText(scheme) << ", " << samples << " times " << rows << " rows");
        const QuantRange range{-1.25f, 2.0f};
        auto x = Floats(static_cast<std::size_t>(samples * rows * kIn), 7);
        x[x.size() - 1] = 9.0f;  // the range of a sample is that of all of its tiles
        Product product;
        Session session = product.Make(rows, scheme, isa);
        if (scheme.activations.strategy == Strategy::fixed) session.SetRange(0, range);
        RowRecorder recorder;
        const auto y = Run(session, x, samples, &recorder);
        const bool match = y == RowByRow(x, rows, scheme, range, isa);
        CHECK(match);
        if (scheme.weights.granularity != Granularity::per_group && !IsFp8(scheme.weights.type)) {
          CHECK(recorder.rows == static_cast<std::size_t>(samples * rows));
        }
      }
    }
  }
}

TEST_CASE("a clipped dynamic range holds in every tile", "[backends]") {
  constexpr std::int64_t kMany = 130;
  auto x = Floats(kMany * kIn, 5);
  Product product, other;
  Session bounded = product.Make(kMany, {}, BestIsa());
  bounded.SetRange(0, {-0.5f, 0.75f});
  const auto y = Run(bounded, x, 1);
  for (float& value : x) value = std::clamp(value, -0.5f, 0.75f);
  Session clipped = other.Make(kMany, {}, BestIsa());
  const bool match = Run(clipped, x, 1) == y;
  CHECK(match);
}

TEST_CASE("codes are handed on in tiles", "[backends]") {
  constexpr std::int64_t kMany = 130;
  const auto granularity = GENERATE(Granularity::per_channel, Granularity::per_group);
  const Scheme scheme{.weights = {.granularity = granularity}, .activations = {.strategy = Strategy::fixed}};
  const auto x = Floats(kMany * kIn, 5);
  const auto make = [&](Product& product, std::int64_t rows) {
    Session session = product.Make(rows, scheme, BestIsa(), true);
    session.SetRange(0, {-1.5f, 2.5f});
    session.SetRange(1, {-30.0f, 60.0f});
    return session;
  };
  Product many, one;
  Session all = make(many, kMany);
  Session single = make(one, 1);
  const bool match = Run(all, x, 1) == Run(single, x, kMany);
  CHECK(match);
}

TEST_CASE("the scratch of a product does not grow with its rows", "[backends]") {
  for (const Scheme& scheme : AcceptedSchemes()) {
    INFO(SchemeText(scheme));
    std::vector<std::size_t> scratch_bytes;
    for (const std::int64_t rows : {512, 4096}) {
      Product product;
      const Session session = product.Make(rows, scheme, BestIsa());
      const auto tensors = static_cast<std::size_t>(rows * (kIn + kOut)) * sizeof(float);
      scratch_bytes.push_back(session.arena_bytes() - tensors);
    }
    CHECK(scratch_bytes[0] == scratch_bytes[1]);
    CHECK(scratch_bytes[0] <= kTileBytes + 8 * kBufferAlign);
  }
}

TEST_CASE("operands that change are transposed in tiles", "[backends]") {
  // 65536 floats of scratch hold 640 rows of 100.
  constexpr std::size_t kM = 650, kN = 645, kK = 100;
  const bool trans_a = GENERATE(false, true);
  const bool trans_b = GENERATE(false, true);
  GraphBuilder builder;
  const auto sizes = [](bool transposed, std::size_t rows, std::size_t columns) {
    if (transposed) std::swap(rows, columns);
    return Shape{static_cast<std::int64_t>(rows), static_cast<std::int64_t>(columns)};
  };
  const ValueId a = builder.Input("a", SymbolicShape::Of(sizes(trans_a, kM, kK)).dims);
  const ValueId b = builder.Input("b", SymbolicShape::Of(sizes(trans_b, kK, kN)).dims);
  const auto bias = Floats(kN, 4);
  const ValueId c = builder.Constant<float>("c", {kN}, bias);
  builder.Output(builder.Op(OpKind::Gemm, {a, b, c}, GemmAttributes{.trans_a = trans_a, .trans_b = trans_b}));
  REQUIRE(Optimize(builder.graph, builder.budget).ok());
  auto session = Session::Create(std::move(builder.graph), builder.budget, BestIsa());
  REQUIRE(session.ok());
  CHECK(session->arena_bytes() <= 4 * (kM * kK + kK * kN + kM * kN) + 2 * kTileBytes + 8 * kBufferAlign);

  const auto x = Floats(kM * kK, 1);
  const auto y = Floats(kK * kN, 2);
  std::memcpy(session->Input(0).data, x.data(), sizeof(float) * x.size());
  std::memcpy(session->Input(1).data, y.data(), sizeof(float) * y.size());
  session->Run(Precision::fp32);
  const auto out = session->Output(0).elements<const float>();
  bool match = true;
  for (std::size_t m = 0; m < kM; ++m) {
    for (std::size_t n = 0; n < kN; ++n) {
      float sum = 0.0f;
      for (std::size_t k = 0; k < kK; ++k) {
        sum += x[trans_a ? k * kM + m : m * kK + k] * y[trans_b ? n * kK + k : k * kN + n];
      }
      match = match && out[m * kN + n] == sum + bias[n];
    }
  }
  CHECK(match);
}

}  // namespace alice
