#include <catch2/catch.hpp>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "exec/session.h"
#include "onnx/reader.h"
#include "passes/pipeline.h"
#include "quant/quantize_model.h"

namespace alice {
namespace {

std::vector<char> ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  INFO(path << " is made by `node tools/golden/make-goldens.mjs`");
  REQUIRE(file.good());
  return {std::istreambuf_iterator<char>(file), {}};
}

/// A golden file: 32-bit words, integers or floats (tools/golden/make-goldens.mjs).
class Words {
 public:
  explicit Words(std::vector<char> bytes) : bytes_(std::move(bytes)) {}

  std::vector<std::int32_t> Integers(std::size_t count) { return Take<std::int32_t>(count); }
  std::vector<float> Floats(std::size_t count) { return Take<float>(count); }
  std::size_t Count() { return static_cast<std::size_t>(Integers(1)[0]); }
  [[nodiscard]] bool AtEnd() const { return at_ == bytes_.size(); }

 private:
  template <typename T>
  std::vector<T> Take(std::size_t count) {
    REQUIRE(at_ + count * sizeof(T) <= bytes_.size());
    std::vector<T> values(count);
    std::memcpy(values.data(), bytes_.data() + at_, count * sizeof(T));
    at_ += count * sizeof(T);
    return values;
  }

  std::vector<char> bytes_;
  std::size_t at_ = 4;  // behind the magic
};

/// The integers of every INT8 product of a run, zero points corrected as MatMulInteger gives them.
struct IntegerRecorder final : RunObserver {
  struct Layer {
    std::vector<std::int32_t> a, products;
    QParams qparams;
  };
  std::vector<Layer> layers;

  void OnInt8Gemm(std::size_t /*node*/, const Int8GemmTrace& trace) override {
    Layer& layer = layers.emplace_back();
    layer.a.assign(trace.a, trace.a + trace.k);
    layer.qparams = trace.a_qparams[0];
    for (std::size_t n = 0; n < trace.n; ++n) {
      layer.products.push_back(trace.accumulators[n] - layer.qparams.zero_point * trace.column_sums[n]);
    }
  }
};

Graph ReadClassifier(const std::string& name, MemoryBudget& budget) {
  const auto bytes = ReadFile(ALICE_SOURCE_DIR "/models/" + name + ".onnx");
  auto graph = ReadOnnx(std::as_bytes(std::span(bytes)), budget);
  REQUIRE(graph.ok());
  REQUIRE(Optimize(*graph, budget).ok());
  REQUIRE(QuantizeModel(*graph, {}, {}, budget).ok());
  return std::move(*graph);
}

void CheckWeights(const Graph& graph, Words& golden, std::size_t layers) {
  std::vector<const Node*> quantized;
  for (const Node& node : graph.nodes) {
    if (node.quantized) quantized.push_back(&node);
  }
  REQUIRE(quantized.size() == layers);
  for (const Node* node : quantized) {
    const std::size_t k = golden.Count();
    const std::size_t n = golden.Count();
    const auto weights = graph.value(node->quantized->weights).constant->elements<const std::int8_t>();
    const auto scales = graph.value(node->quantized->scales).constant->elements<const float>();
    CHECK(std::vector<std::int32_t>(weights.begin(), weights.end()) == golden.Integers(k * n));
    CHECK(std::vector<float>(scales.begin(), scales.end()) == golden.Floats(n));
  }
}

void CheckClose(std::span<const float> actual, const std::vector<float>& expected, float tolerance) {
  REQUIRE(actual.size() == expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) CHECK(std::abs(actual[i] - expected[i]) <= tolerance);
}

void CheckAgainstOnnxRuntime(const std::string& name, Isa isa) {
  MemoryBudget budget(std::size_t{16} << 20);
  Words golden(ReadFile(ALICE_GOLDEN_DIR "/" + name + ".golden"));
  const std::size_t rows = golden.Count();
  const std::size_t inputs = golden.Count();
  const std::size_t outputs = golden.Count();
  const std::size_t layers = golden.Count();
  REQUIRE(rows >= 100);

  Graph graph = ReadClassifier(name, budget);
  CheckWeights(graph, golden, layers);
  auto created = Session::Create(std::move(graph), budget, isa);
  REQUIRE(created.ok());
  Session session = std::move(*created);

  for (std::size_t row = 0; row < rows; ++row) {
    INFO(name << ", " << IsaName(isa) << ", row " << row);
    const auto input = golden.Floats(inputs);
    std::memcpy(session.Input(0).data, input.data(), inputs * sizeof(float));

    session.Run(Precision::fp32);
    CheckClose(session.Output(0).elements<const float>(), golden.Floats(outputs), 1e-5f);

    IntegerRecorder recorder;
    session.Run(Precision::int8, &recorder);
    // The same integers and the same float operations up to the softmax, whose exp differs between libraries: a few
    // units in the last place of a value below 1.
    CheckClose(session.Output(0).elements<const float>(), golden.Floats(outputs), 1e-6f);
    REQUIRE(recorder.layers.size() == layers);
    for (const IntegerRecorder::Layer& layer : recorder.layers) {
      CHECK(layer.a == golden.Integers(layer.a.size()));
      CHECK(layer.qparams.scale == golden.Floats(1)[0]);
      CHECK(layer.qparams.zero_point == golden.Integers(1)[0]);
      CHECK(layer.products == golden.Integers(layer.products.size()));
    }
  }
  CHECK(golden.AtEnd());
}

}  // namespace

TEST_CASE("the classifiers give what ONNX Runtime gives: FP32 outputs, INT8 integers", "[golden]") {
  const Isa isa = GENERATE(Isa::reference, Isa::simd128);
  CheckAgainstOnnxRuntime("behavior-classifier", isa);
  CheckAgainstOnnxRuntime("behavior-classifier-large", isa);
}

}  // namespace alice
