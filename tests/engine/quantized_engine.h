#pragma once

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstring>
#include <fstream>
#include <iterator>
#include <limits>
#include <string>
#include <vector>

#include "behavior/features12.h"
#include "behavior/trajectory_generator.h"
#include "engine/engine.h"

namespace alice {

using Bytes = std::vector<char>;

inline Bytes ReadModel(const std::string& name) {
  std::ifstream file(ALICE_SOURCE_DIR "/models/" + name + ".onnx", std::ios::binary);
  REQUIRE(file.good());
  return {std::istreambuf_iterator<char>(file), {}};
}

/// Features of generated trajectories, all classes in turn, with their labels.
struct Trajectories {
  std::vector<float> rows;
  std::vector<std::int32_t> labels;

  Trajectories(std::size_t count, std::uint64_t first_seed) {
    for (std::size_t i = 0; i < count; ++i) {
      const auto behavior = static_cast<BehaviorClass>(i % kBehaviorClassCount);
      const auto features = ExtractFeatures(GenerateTrajectory(behavior, first_seed + i));
      REQUIRE(features.ok());
      rows.insert(rows.end(), features->values.begin(), features->values.end());
      labels.push_back(static_cast<std::int32_t>(i % kBehaviorClassCount));
    }
  }
};

inline Status StageModel(Engine& engine, const Bytes& bytes) {
  auto room = engine.StageModel(bytes.size());
  if (!room.ok()) return std::move(room).error();
  if (!bytes.empty()) std::memcpy(room->data(), bytes.data(), bytes.size());
  return {};
}

inline Status StageRows(Engine& engine, const Trajectories& set) {
  auto room = engine.StageCalibration(set.labels.size(), kFeatureCount);
  if (!room.ok()) return std::move(room).error();
  std::copy(set.rows.begin(), set.rows.end(), room->values.begin());
  std::copy(set.labels.begin(), set.labels.end(), room->labels.begin());
  return {};
}

inline Result<QuantizationResult> Quantize(Engine& engine, const Bytes& bytes, const Trajectories* set,
                                           double elapsed_ms = 0.0) {
  ALICE_RETURN_IF_ERROR(StageModel(engine, bytes));
  if (set != nullptr) ALICE_RETURN_IF_ERROR(StageRows(engine, *set));
  ALICE_ASSIGN_OR_RETURN(std::size_t left, engine.BeginQuantize(set != nullptr));
  while (left > 0) {
    ALICE_ASSIGN_OR_RETURN(const Engine::JobProgress progress, engine.StepQuantize(100));
    left = progress.total - progress.done;
  }
  return engine.FinishQuantize(elapsed_ms);
}

inline Result<Answer> Infer(Engine& engine, const float* row) {
  std::copy_n(row, engine.input().size(), engine.input().begin());
  return engine.Infer();
}

inline std::vector<float> InferRow(Engine& engine, const float* row) {
  REQUIRE(Infer(engine, row).ok());
  return {engine.output().begin(), engine.output().end()};
}

inline Precision PrecisionOf(Engine& engine, const float* row) {
  const auto answer = Infer(engine, row);
  REQUIRE(answer.ok());
  return answer->precision;
}

struct QuantizedEngine {
  Engine engine;
  Trajectories set{240, 1};
  QuantizedEngine() {
    REQUIRE(engine.SetOption("maxLatencyMs", std::numeric_limits<double>::infinity()).ok());
    REQUIRE(Quantize(engine, ReadModel("behavior-classifier"), &set).ok());
  }
};

}  // namespace alice
