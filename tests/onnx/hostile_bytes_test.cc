#include <algorithm>
#include <random>

#include "catch2/catch.hpp"

#include "onnx/limits.h"
#include "onnx/model_builder.h"
#include "onnx/random_graph.h"
#include "onnx/writer.h"

namespace alice {
namespace {

/// A model with every kind of message, of some kilobytes.
std::string SmallModel() {
  MemoryBudget budget(kTestBudgetBytes);
  const Graph graph = RandomGraph(11, budget).Build(24);
  const Result<std::vector<std::byte>> bytes = WriteOnnx(graph);
  REQUIRE(bytes.ok());
  return {reinterpret_cast<const char*>(bytes.value().data()), bytes.value().size()};
}

/// Whatever the bytes are: an error about the model, its shapes or the budget that says something, or a graph that
/// verifies. No memory stays held.
bool AnswersTyped(std::string_view bytes) {
  MemoryBudget budget(kTestBudgetBytes);
  {
    const Result<Graph> graph = ReadOnnx(std::as_bytes(std::span(bytes.data(), bytes.size())), budget);
    if (graph.ok()) {
      if (!Verify(graph.value()).ok()) return false;
    } else {
      const std::string_view stage = ErrorStage(graph.error().code);
      if ((stage != "model" && stage != "shape" && stage != "budget") || graph.error().message.empty()) return false;
    }
  }
  return budget.held_bytes() == 0;
}

/// `depth` length-delimited fields, each inside the one before it.
std::string Nested(int depth, int tag) {
  std::string bytes;
  for (int level = 0; level < depth; ++level) {
    std::string outer;
    protozero::pbf_writer(outer).add_message(static_cast<protozero::pbf_tag_type>(tag), bytes);
    bytes = std::move(outer);
  }
  return bytes;
}

}  // namespace

TEST_CASE("a model cut at any byte gives a typed error or a graph that verifies", "[onnx]") {
  const std::string model = SmallModel();
  int failures = 0;
  for (std::size_t size = 0; size < model.size(); ++size) {
    if (!AnswersTyped(std::string_view(model).substr(0, size))) {
      UNSCOPED_INFO("cut at " << size);
      ++failures;
    }
  }
  CHECK(failures == 0);
  // Inside the graph, which is nearly all of it, the cut is known for what it is.
  ReadModel cut(std::string_view(model).substr(0, model.size() / 2));
  REQUIRE(!cut.graph.ok());
  CHECK(cut.graph.error().code == ErrorCode::model_truncated);
}

TEST_CASE("a model with any one bit turned gives a typed error or a graph that verifies", "[onnx]") {
  std::string model = SmallModel();
  int failures = 0;
  for (std::size_t index = 0; index < model.size(); ++index) {
    for (int bit = 0; bit < 8; ++bit) {
      model[index] = static_cast<char>(model[index] ^ (1 << bit));
      if (!AnswersTyped(model)) {
        UNSCOPED_INFO("bit " << bit << " of byte " << index);
        ++failures;
      }
      model[index] = static_cast<char>(model[index] ^ (1 << bit));
    }
  }
  CHECK(failures == 0);
}

TEST_CASE("a model with stretches of other bytes gives a typed error or a graph that verifies", "[onnx]") {
  const std::string model = SmallModel();
  for (std::uint32_t seed = 1; seed <= 2000; ++seed) {
    std::mt19937 random(seed);
    std::string changed = model;
    const std::size_t from = random() % changed.size();
    const std::size_t length = 1 + random() % 12;
    switch (random() % 3) {
      case 0:
        for (std::size_t i = from; i < std::min(from + length, changed.size()); ++i) {
          changed[i] = static_cast<char>(random());
        }
        break;
      case 1:
        changed.erase(from, length);
        break;
      default:
        changed.insert(from, length, static_cast<char>(random()));
    }
    INFO("seed " << seed);
    REQUIRE(AnswersTyped(changed));
  }
}

TEST_CASE("nested messages cannot deepen the reader's stack", "[onnx]") {
  for (const int tag : {1, 2, 5, 7, 11, 12}) {
    ModelBuilder model;
    model.Field(static_cast<protozero::pbf_tag_type>(tag == 2 ? 7 : tag), Nested(2000, tag));
    CHECK(AnswersTyped(model.Build()));
  }
}

TEST_CASE("an enormous varint or length is refused", "[onnx]") {
  CHECK(AnswersTyped(std::string(64, '\xff')));
  CHECK(AnswersTyped("\x3a\xff\xff\xff\xff\x0f"));
  CHECK(AnswersTyped(std::string("\x3a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 11)));
}

TEST_CASE("models near the limits are answered: a quadratic reader would not come to an end", "[onnx]") {
  const auto chain = [](int count) {
    ModelBuilder model;
    model.Input("v0", {4});
    for (int i = 0; i < count; ++i) model.Add({"Relu", {"v" + std::to_string(i)}, {"v" + std::to_string(i + 1)}});
    return model.Output("v" + std::to_string(count)).Build();
  };
  const auto dims = [](int count) {
    return ModelBuilder().Initializer(TensorHeader("w", std::vector<std::int64_t>(count, 1), kOnnxFloat)).Build();
  };
  const auto constants = [](int count) {
    ModelBuilder model;
    for (int i = 0; i < count; ++i) model.Initializer(FloatTensor("c" + std::to_string(i), {}, {1.0f}));
    return model.Build();
  };
  CHECK(AnswersTyped(chain(16000)));
  CHECK(AnswersTyped(dims(1000000)));
  CHECK(AnswersTyped(constants(60000)));
}

}  // namespace alice
