// Models with graphs inside nodes, and what the engine makes of them.
#pragma once

#include <catch2/catch.hpp>
#include <cstring>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "engine/read_model_graph.h"
#include "exec/session.h"
#include "onnx/model_builder.h"
#include "passes/pipeline.h"

namespace alice {

inline constexpr std::int32_t kOnnxBool = 9;

/// A graph that a node has in it: its fields are those of the builder.
inline std::string GraphAttribute(std::string_view name, const ModelBuilder& graph) {
  std::string bytes;
  protozero::pbf_writer writer(bytes);
  writer.add_string(1, name.data(), name.size());
  writer.add_message(6, graph.graph);
  writer.add_int32(20, 5);
  return bytes;
}

inline TestNode If(const std::string& condition, const std::vector<std::string>& outputs, const ModelBuilder& then,
                   const ModelBuilder& otherwise) {
  return {
      "If", {condition}, outputs, {GraphAttribute("then_branch", then), GraphAttribute("else_branch", otherwise)}, "n"};
}

inline TestNode Loop(const std::vector<std::string>& inputs, const std::vector<std::string>& outputs,
                     const ModelBuilder& body) {
  return {"Loop", inputs, outputs, {GraphAttribute("body", body)}, "n"};
}

inline std::string BoolTensor(std::string_view name, bool value) {
  return RawTensor<std::uint8_t>(name, {}, kOnnxBool, {static_cast<std::uint8_t>(value)});
}
inline std::string TripCount(std::string_view name, std::int64_t trips) {
  return RawTensor<std::int64_t>(name, {}, kOnnxInt64, {trips});
}

/// A model read as the engine reads it, on a budget of its own.
struct EngineModel {
  MemoryBudget budget{kTestBudgetBytes};
  Result<Graph> graph;

  explicit EngineModel(const ModelBuilder& model, const std::vector<InputShape>& shapes = {},
                       const std::string& outputs = "")
      : graph(Read(model.Build(), shapes, outputs, budget)) {}

  static Result<Graph> Read(std::string_view bytes, const std::vector<InputShape>& shapes, const std::string& outputs,
                            MemoryBudget& budget) {
    Options options;
    options.outputs = outputs;
    return ReadModelGraph(std::as_bytes(std::span(bytes)), options, shapes, budget);
  }

  /// The output that an f32 model gives for these inputs of f32 (a boolean is true where its float is not 0).
  std::vector<float> Run(const std::map<std::string, std::vector<float>>& feeds, const Shape& shape) {
    INFO((graph.ok() ? "" : graph.error().message));
    REQUIRE(graph.ok());
    REQUIRE(Optimize(*graph, budget).ok());
    auto session = Session::Create(*std::move(graph), budget, BestIsa());
    INFO((session.ok() ? "" : session.error().message));
    REQUIRE(session.ok());
    for (std::size_t index = 0; index < session->graph().inputs.size(); ++index) {
      const std::vector<float>& feed = feeds.at(session->graph().value(session->graph().inputs[index]).name);
      const TensorView view = session->Input(index);
      REQUIRE(view.shape.elements() == static_cast<std::int64_t>(feed.size()));
      for (std::size_t i = 0; i < feed.size(); ++i) {
        if (view.dtype == DType::boolean) {
          view.elements<bool>()[i] = feed[i] != 0.0f;
        } else {
          view.elements<float>()[i] = feed[i];
        }
      }
    }
    session->Run(Precision::fp32);
    const TensorView output = session->Output(0);
    CHECK(output.shape == shape);
    const auto elements = output.elements<const float>();
    return {elements.begin(), elements.end()};
  }

  /// It is refused so, at a node, with a message that has this part.
  void Refused(ErrorCode code, const std::string& part) const {
    REQUIRE_FALSE(graph.ok());
    INFO(graph.error().message);
    CHECK(ErrorCodeName(graph.error().code) == ErrorCodeName(code));
    CHECK(graph.error().message.find(part) != std::string::npos);
    CHECK(!graph.error().node.empty());
    CHECK(budget.held_bytes() == 0);
  }
};

}  // namespace alice
