#pragma once

#include <catch2/catch.hpp>
#include <cstddef>
#include <cstring>
#include <span>
#include <vector>

#include "backends/op_model.h"
#include "onnx/reader.h"

namespace alice {

/// What a quantized model of one input that was written as ONNX answers in INT8, read again by itself.
inline std::vector<float> Int8AnswerOf(std::span<const std::byte> onnx, const std::vector<float>& x) {
  MemoryBudget budget(std::size_t{1} << 26);
  auto graph = ReadOnnx(onnx, budget);
  REQUIRE(graph.ok());
  REQUIRE(Optimize(*graph, budget).ok());
  auto session = Session::Create(std::move(*graph), budget, BestIsa());
  INFO((session.ok() ? "" : session.error().message));
  REQUIRE(session.ok());
  REQUIRE(session->has_int8());
  std::memcpy(session->Input(0).data, x.data(), x.size() * sizeof(float));
  session->Run(Precision::int8);
  return OutputOf<float>(*session);
}

}  // namespace alice
