#pragma once

#include <cstddef>
#include <set>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "onnx/read_node.h"

namespace alice {

/// A GraphProto inside a node: a branch of an If, the body of a Loop. Views point into the bytes that were read.
struct Subgraph {
  std::vector<std::string_view> initializers;  ///< TensorProtos
  std::vector<std::string_view> inputs;        ///< ValueInfoProtos
  std::vector<std::string_view> nodes;         ///< NodeProtos
  std::vector<std::string_view> outputs;       ///< ValueInfoProtos
  std::size_t repeated_bytes = 0;              ///< all but the initializers
};

/// The parts of the graph that is the attribute `name` of `node`. Errors: model_invalid_graph (there is no such graph),
/// model_unsupported_type (a sparse initializer), model_limit (numbers of its parts).
Result<Subgraph> ReadSubgraph(const NodeFields& node, std::string_view name);

/// Adds the names that the graphs inside `node` read, their own among them. Takes as many from `nodes_left` as there are
/// nodes in them. Errors: model_limit beyond these or kMaxGraphDepth; those of ReadNode.
Status AddNamesReadInside(const NodeFields& node, std::size_t& nodes_left, std::set<std::string_view>& names);

}  // namespace alice
