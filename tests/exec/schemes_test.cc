// Every scheme that is accepted, executed, against its meaning: the product of what the codes stand for, in double.
#include <array>
#include <catch2/catch.hpp>
#include <cmath>
#include <cstring>

#include "allocation_counter.h"
#include "exec/two_layers.h"
#include "numeric/accepted_schemes.h"
#include "quant/weights/quantize_weights.h"

namespace alice {
namespace {

/// [rows, k] · [k, n] + bias, in double.
std::vector<double> Product(const std::vector<double>& a, const std::vector<double>& b,
                            const std::vector<float>& bias) {
  const std::size_t n = bias.size();
  const std::size_t k = b.size() / n;
  std::vector<double> y;
  for (std::size_t row = 0; row < a.size() / k; ++row) {
    for (std::size_t c = 0; c < n; ++c) {
      double sum = static_cast<double>(bias[c]);
      for (std::size_t i = 0; i < k; ++i) sum += a[row * k + i] * b[i * n + c];
      y.push_back(sum);
    }
  }
  return y;
}

/// What weights become when they are quantized.
std::vector<double> QuantizedAndBack(const std::vector<float>& w, std::size_t n, const WeightScheme& scheme) {
  const std::size_t k = w.size() / n;
  std::vector<std::uint8_t> codes(WeightCodeBytes(k, n, scheme));
  std::vector<float> scales(ScaleGridOf(k, n, scheme).count());
  std::vector<std::int8_t> zero_points(WeightZeroPointCount(k, n, scheme));
  QuantizeWeights(w, k, n, scheme, {codes, scales, zero_points});
  std::vector<float> back(w.size());
  DequantizeWeights({codes, scales, zero_points}, k, n, scheme, back);
  return {back.begin(), back.end()};
}

std::vector<double> QuantizedAndBack(std::span<const double> x, QParams q) {
  std::vector<double> back;
  for (const double value : x) {
    const int code = QuantizeU8(static_cast<float>(value), q);
    back.push_back(static_cast<double>(code - q.zero_point) * static_cast<double>(q.scale));
  }
  return back;
}

QParams QParamsOf(QuantRange range, bool symmetric) {
  return symmetric ? SymmetricU8(std::max(std::abs(range.min), std::abs(range.max)))
                   : AsymmetricU8(range.min, range.max);
}

QuantRange RangeOf(std::span<const double> x) {
  const auto [low, high] = std::minmax_element(x.begin(), x.end());
  return {static_cast<float>(*low), static_cast<float>(*high)};
}

/// What a layer's input becomes: each sample is one row here, so per tensor and per token are the same.
std::vector<double> Activations(const std::vector<double>& x, std::size_t k, const Scheme& scheme, QuantRange range) {
  if (IsFp8(scheme.weights.type)) return x;
  std::vector<double> back;
  for (std::size_t row = 0; row < x.size(); row += k) {
    const std::span values(x.data() + row, k);
    const bool is_static = scheme.activations.strategy == Strategy::fixed;
    const QParams q = QParamsOf(is_static ? range : RangeOf(values), scheme.activations.symmetric);
    const auto quantized = QuantizedAndBack(values, q);
    back.insert(back.end(), quantized.begin(), quantized.end());
  }
  return back;
}

/// What a layer adds: of a static one with one scale a column, the bias in steps of the product's scale.
std::vector<float> BiasAdded(const std::vector<float>& bias, const std::vector<float>& w, const Scheme& scheme,
                             QuantRange range) {
  if (scheme.activations.strategy == Strategy::dynamic || IsFp8(scheme.weights.type) ||
      scheme.weights.granularity == Granularity::per_group) {
    return bias;
  }
  const std::size_t n = bias.size();
  const std::size_t k = w.size() / n;
  std::vector<std::uint8_t> codes(WeightCodeBytes(k, n, scheme.weights));
  std::vector<float> scales(ScaleGridOf(k, n, scheme.weights).count());
  std::vector<std::int8_t> zero_points(WeightZeroPointCount(k, n, scheme.weights));
  QuantizeWeights(w, k, n, scheme.weights, {codes, scales, zero_points});
  std::vector<float> added;
  for (std::size_t c = 0; c < n; ++c) {
    const double step = static_cast<double>(QParamsOf(range, scheme.activations.symmetric).scale) *
                        static_cast<double>(scales[scales.size() == 1 ? 0 : c]);
    added.push_back(static_cast<float>(std::nearbyint(static_cast<double>(bias[c]) / step) * step));
    // Between two steps either may be the nearer one, by rounding of the step.
    REQUIRE(std::abs(static_cast<double>(added[c] - bias[c])) <= 0.5001 * step);
  }
  return added;
}

class Recorder final : public RunObserver {
 public:
  void OnOutput(std::size_t node, const TensorView& output, const std::optional<QParams>& codes) override {
    if (node != 0) return;
    hidden_codes = codes;
    const auto count = static_cast<std::size_t>(output.shape.elements());
    hidden.clear();
    for (std::size_t i = 0; i < count; ++i) {
      hidden.push_back(
          codes ? static_cast<double>(reinterpret_cast<const std::uint8_t*>(output.data)[i] - codes->zero_point) *
                      static_cast<double>(codes->scale)
                : static_cast<double>(reinterpret_cast<const float*>(output.data)[i]));
    }
  }
  std::optional<QParams> hidden_codes;
  std::vector<double> hidden;
};

void CheckClose(const std::vector<double>& actual, const std::vector<double>& expected, double tolerance) {
  REQUIRE(actual.size() == expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) CHECK(std::abs(actual[i] - expected[i]) <= tolerance);
}

}  // namespace

TEST_CASE("every accepted scheme computes what its codes stand for", "[exec]") {
  for (const Scheme& scheme : AcceptedSchemes()) {
    INFO(SchemeText(scheme));
    TwoLayers model;
    Session session = model.MakeSession(scheme, BestIsa());
    Recorder recorder;
    std::memcpy(session.Input(0).data, model.x.data(), model.x.size() * sizeof(float));
    session.Run(Precision::int8, &recorder);
    const auto output = session.Output(0).elements<const float>();

    // Sums of at most 45 products below 4 (first layer) and 19 below 40 (second), each float operation of the epilogue or
    // of the FP8 product rounding once: 45 · 180 · 2^-24 and 19 · 760 · 2^-24.
    const std::vector<double> x(model.x.begin(), model.x.end());
    auto hidden = Product(Activations(x, kInputs, scheme, TwoLayers::kInputRange),
                          QuantizedAndBack(model.w1, kHidden, scheme.weights),
                          BiasAdded(model.b1, model.w1, scheme, TwoLayers::kInputRange));
    for (double& value : hidden) value = std::max(value, 0.0);
    const bool is_static = scheme.activations.strategy == Strategy::fixed;
    REQUIRE(recorder.hidden_codes.has_value() == is_static);
    if (is_static) {
      // A value next to the middle between two codes may take either.
      const QParams q = QParamsOf(TwoLayers::kHiddenRange, scheme.activations.symmetric);
      CHECK(*recorder.hidden_codes == q);
      CheckClose(recorder.hidden, QuantizedAndBack(hidden, q), 1.001 * static_cast<double>(q.scale));
    } else {
      CheckClose(recorder.hidden, hidden, 5e-4);
    }
    const auto taken = is_static ? recorder.hidden : Activations(recorder.hidden, kHidden, scheme, {});
    CheckClose({output.begin(), output.end()},
               Product(taken, QuantizedAndBack(model.w2, kOutputs, scheme.weights),
                       BiasAdded(model.b2, model.w2, scheme, TwoLayers::kHiddenRange)),
               9e-4);
  }
}

TEST_CASE("every accepted scheme gives the same bits on every instruction set", "[exec]") {
  for (const Scheme& scheme : AcceptedSchemes()) {
    INFO(SchemeText(scheme));
    TwoLayers reference, simd;
    Session reference_session = reference.MakeSession(scheme, Isa::reference);
    Session simd_session = simd.MakeSession(scheme, BestIsa());
    CHECK(reference.Run(reference_session) == simd.Run(simd_session));
  }
}

TEST_CASE("no scheme allocates on the run path", "[exec]") {
  for (const Scheme& scheme : AcceptedSchemes()) {
    INFO(SchemeText(scheme));
    TwoLayers model;
    Session session = model.MakeSession(scheme, BestIsa());
    std::memcpy(session.Input(0).data, model.x.data(), model.x.size() * sizeof(float));
    const std::size_t before = AllocationCount();
    session.Run(Precision::int8);
    CHECK(AllocationCount() == before);
  }
}

TEST_CASE("int4 weights take half the bytes of int8 ones as executed", "[exec]") {
  TwoLayers eight, four;
  Session int8 = eight.MakeSession({}, BestIsa());
  Session int4 = four.MakeSession({.weights = {.type = WeightType::int4}, .activations = {}}, BestIsa());
  const std::size_t around_codes = 2 * 4 * (kHidden + kOutputs);  // scales and column sums
  CHECK(2 * (int4.int8_weight_bytes() - around_codes) == int8.int8_weight_bytes() - around_codes);
}

TEST_CASE("a layer that is switched off runs in FP32, and its neighbour takes floats again", "[exec]") {
  TwoLayers model;
  Session session = model.MakeSession({.weights = {}, .activations = {.strategy = Strategy::fixed}}, BestIsa());
  const auto both = model.Run(session);
  Recorder recorder;
  session.EnableOnly(std::array<std::size_t, 1>{0});
  session.Run(Precision::int8, &recorder);
  CHECK_FALSE(recorder.hidden_codes);
  session.EnableOnly({});
  CHECK_FALSE(session.has_int8());
  const auto neither = model.Run(session);
  session.Run(Precision::fp32);
  const auto fp32 = session.Output(0).elements<const float>();
  CHECK(neither == std::vector<float>(fp32.begin(), fp32.end()));
  session.EnableOnly(std::array<std::size_t, 2>{0, 1});
  CHECK(model.Run(session) == both);
}

TEST_CASE("a dynamic range is clipped at its bound", "[exec]") {
  TwoLayers model, wide;
  Session session = model.MakeSession({}, BestIsa());
  Session unbounded = wide.MakeSession({}, BestIsa());
  unbounded.SetRange(0, {-100.0f, 100.0f});
  CHECK(model.Run(session) == wide.Run(unbounded));
  session.SetRange(0, {-0.5f, 0.5f});
  const auto clipped = model.Run(session);
  for (float& value : model.x) value = std::clamp(value, -0.5f, 0.5f);
  CHECK(wide.Run(unbounded) != clipped);
  wide.x = model.x;
  CHECK(wide.Run(unbounded) == clipped);
}

}  // namespace alice
