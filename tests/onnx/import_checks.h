// What models of one node become, for the tests of importers.
#pragma once

#include <string>
#include <variant>

#include "catch2/catch.hpp"

#include "onnx/model_builder.h"

namespace alice {

/// The attributes of the only node of `model`.
template <typename T>
T AttributesOf(const ModelBuilder& model) {
  ReadModel read(model.Build());
  INFO((read.graph.ok() ? "" : read.graph.error().message));
  REQUIRE(read.graph.ok());
  REQUIRE(read.graph->nodes.size() == 1);
  return std::get<T>(read.graph->nodes[0].attributes);
}

/// The model is refused so, at its node "n", and no memory stays held.
inline void CheckRefused(const ModelBuilder& model, ErrorCode code, const std::string& message) {
  ReadModel read(model.Build());
  REQUIRE(!read.graph.ok());
  CHECK(ErrorCodeName(read.graph.error().code) == ErrorCodeName(code));
  CHECK(read.graph.error().message == message);
  CHECK(read.graph.error().node == "n");
  CHECK(read.budget->held_bytes() == 0);
}

}  // namespace alice
