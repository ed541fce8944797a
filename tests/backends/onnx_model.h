#pragma once

#include <catch2/catch.hpp>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "exec/session.h"
#include "onnx/model_builder.h"
#include "onnx/writer.h"
#include "passes/dynamic_int8.h"
#include "passes/pipeline.h"

namespace alice {

/// A model as ONNX spells it: inputs with elements, constants, and what it gives when it is run.
struct OnnxModel {
  ModelBuilder model;
  std::vector<std::vector<std::byte>> feeds;

  explicit OnnxModel(std::int64_t opset) { model.Opset(opset); }

  template <typename T>
  OnnxModel& Input(const std::string& name, const std::vector<std::int64_t>& dims, const std::vector<T>& elements) {
    model.Input(TensorInfo(name, std::vector<TestDim>(dims.begin(), dims.end()), OnnxDataType(DTypeOf<T>)));
    std::vector<std::byte> bytes(elements.size() * sizeof(T));
    if (!bytes.empty()) std::memcpy(bytes.data(), elements.data(), bytes.size());
    feeds.push_back(std::move(bytes));
    return *this;
  }
  OnnxModel& Ints(const std::string& name, const std::vector<std::int64_t>& elements) {
    model.Initializer(Int64Tensor(name, elements));
    return *this;
  }
  OnnxModel& Add(const TestNode& node) {
    model.Add(node);
    for (const std::string& output : node.outputs) {
      if (!output.empty()) model.Output(output);
    }
    return *this;
  }

  /// The session that `bytes` make, after a run on the feeds.
  Result<Session> Run(std::string_view bytes, MemoryBudget& budget) const {
    ALICE_ASSIGN_OR_RETURN(Graph graph, ReadOnnx(std::as_bytes(std::span(bytes)), budget));
    ALICE_RETURN_IF_ERROR(Optimize(graph, budget));
    auto session = Session::Create(std::move(graph), budget, BestIsa());
    if (!session.ok()) return session;
    for (std::size_t i = 0; i < feeds.size(); ++i) {
      if (!feeds[i].empty()) std::memcpy(session->Input(i).data, feeds[i].data(), feeds[i].size());
    }
    session->Run(Precision::fp32);
    return session;
  }

  [[nodiscard]] Error ErrorOf() const {
    MemoryBudget budget(kTestBudgetBytes);
    auto session = Run(model.Build(), budget);
    REQUIRE_FALSE(session.ok());
    return std::move(session).error();
  }

  /// Each output has that shape and these elements, and still has them after the model was written and read.
  template <typename T>
  void Gives(const std::vector<std::pair<Shape, std::vector<T>>>& expected, bool is_writable = true) const {
    MemoryBudget budget(kTestBudgetBytes);
    std::string bytes = model.Build();
    for (int round = 0; round < (is_writable ? 2 : 1); ++round) {
      INFO((round == 0 ? "as given" : "written and read"));
      const auto session = Run(bytes, budget);
      INFO((session.ok() ? "" : session.error().message));
      REQUIRE(session.ok());
      for (std::size_t i = 0; i < expected.size(); ++i) {
        CAPTURE(i);
        const TensorView output = session->Output(i);
        REQUIRE(output.dtype == DTypeOf<T>);
        CHECK(output.shape == expected[i].first);
        CHECK(std::vector<T>(output.elements<const T>().begin(), output.elements<const T>().end()) ==
              expected[i].second);
      }
      if (is_writable) bytes = Written(bytes, budget);
    }
  }

 private:
  static std::string Written(std::string_view bytes, MemoryBudget& budget) {
    auto graph = ReadOnnx(std::as_bytes(std::span(bytes)), budget);
    REQUIRE(Optimize(*graph, budget).ok());
    REQUIRE(LowerToOnnx(*graph, budget).ok());
    const auto written = WriteOnnx(*graph);
    INFO((written.ok() ? "" : written.error().message));
    REQUIRE(written.ok());
    return {reinterpret_cast<const char*>(written->data()), written->size()};
  }
};

}  // namespace alice
