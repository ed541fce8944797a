#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <optional>

#include "catch2/catch.hpp"

#include "ir/shape_inference.h"
#include "onnx/model_builder.h"
#include "onnx/writer.h"

namespace alice {
namespace {

std::filesystem::path SharedModels() {
  const char* const shared = std::getenv("ALICE_SHARED");
  return std::filesystem::path(shared != nullptr ? shared : ALICE_SOURCE_DIR "/../shared") / "models";
}

/// The bytes of a file; where there is none, says so and gives nothing.
std::optional<std::string> Load(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    std::cout << "ALICE-SKIP: " << path.filename().string() << " is not there\n";
    return std::nullopt;
  }
  return std::string(std::istreambuf_iterator<char>(file), {});
}

/// The file reads as a model from `input` to `output`, and again after it was written.
void CheckReads(const std::filesystem::path& path, const std::string& input, const std::string& output) {
  const std::optional<std::string> bytes = Load(path);
  if (!bytes) return;
  INFO(path.filename().string());
  ReadModel read(*bytes);
  INFO((read.graph.ok() ? "" : read.graph.error().message));
  REQUIRE(read.graph.ok());
  const auto check = [&](Graph& graph) {
    REQUIRE(InferShapes(graph).ok());
    REQUIRE(graph.inputs.size() == 1);
    REQUIRE(graph.outputs.size() == 1);
    CHECK(graph.value(graph.inputs[0]).shape.ToString(graph.symbols) == input);
    CHECK(graph.value(graph.outputs[0]).shape.ToString(graph.symbols) == output);
  };
  check(*read.graph);
  const Result<std::vector<std::byte>> written = WriteOnnx(*read.graph);
  REQUIRE(written.ok());
  Result<Graph> again = ReadOnnx(written.value(), *read.budget);
  REQUIRE(again.ok());
  check(*again);
}

void CheckUnsupported(const std::string& file, const std::string& message) {
  const std::optional<std::string> bytes = Load(SharedModels() / file);
  if (!bytes) return;
  INFO(file);
  ReadModel read(*bytes);
  REQUIRE(!read.graph.ok());
  CHECK(ErrorCodeName(read.graph.error().code) == "model_unsupported_operator");
  CHECK(read.graph.error().message == message);
  CHECK(!read.graph.error().node.empty());
}

}  // namespace

TEST_CASE("the project's classifiers are read", "[onnx]") {
  const std::filesystem::path models = ALICE_SOURCE_DIR "/models";
  CheckReads(models / "behavior-classifier.onnx", "[batch, 12]", "[batch, 6]");
  CheckReads(models / "behavior-classifier-large.onnx", "[batch, 12]", "[batch, 6]");
}

TEST_CASE("other exporters' models are read", "[onnx]") {
  CheckReads(SharedModels() / "iris-mlp__Network.onnx", "[batch_size, 4]", "[batch_size, 3]");
  CheckReads(SharedModels() / "cifar-cnn__ImageClassifier.onnx", "[batch_size, 3, 32, 32]", "[batch_size, 10]");
  CheckReads(SharedModels() / "mnist__ortweb-demo_opset7.onnx", "[1, 1, 28, 28]", "[1, 10]");
}

TEST_CASE("real models with operators that Alice lacks name the first of them", "[onnx]") {
  CheckUnsupported(
      "mlagents__Walker.onnx",
      "operator RandomNormalLike (domain ai.onnx, opset 9) of node \"RandomNormalLike_18\" is not supported");
}

}  // namespace alice
