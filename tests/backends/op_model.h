#pragma once

#include <catch2/catch.hpp>
#include <cstring>
#include <utility>
#include <vector>

#include "exec/session.h"
#include "ir/graph_builder.h"
#include "ir/shape_inference.h"
#include "ir/verify.h"
#include "passes/pipeline.h"

namespace alice {

/// A graph around one operator, whose operands are constants or inputs with given elements, to be run on them.
struct OpModel : GraphBuilder {
  /// An operand with these elements: a constant, or an input that Run fills.
  template <typename T>
  ValueId Operand(const std::string& name, const Shape& shape, const std::vector<T>& elements, bool constant) {
    if (constant) return Constant<T>(name, shape, elements);
    const ValueId id = Input(name, SymbolicShape::Of(shape).dims, DTypeOf<T>);
    std::vector<std::byte> bytes(elements.size() * sizeof(T));
    if (!bytes.empty()) std::memcpy(bytes.data(), elements.data(), bytes.size());
    feeds.push_back(std::move(bytes));
    return id;
  }

  Result<Session> Load(Isa isa) {
    ALICE_RETURN_IF_ERROR(Optimize(graph, budget));
    return Session::Create(std::move(graph), budget, isa);
  }

  /// The session after a run. Every output is one of the graph.
  Session Run(Isa isa) {
    auto session = Load(isa);
    INFO((session.ok() ? "" : session.error().message));
    REQUIRE(session.ok());
    for (std::size_t i = 0; i < feeds.size(); ++i) {
      if (!feeds[i].empty()) std::memcpy(session->Input(i).data, feeds[i].data(), feeds[i].size());
    }
    session->Run(Precision::fp32);
    return std::move(*session);
  }

  std::vector<std::vector<std::byte>> feeds;
};

template <typename T>
std::vector<T> OutputOf(const Session& session, std::size_t index = 0) {
  const auto elements = session.Output(index).elements<const T>();
  return {elements.begin(), elements.end()};
}

}  // namespace alice
