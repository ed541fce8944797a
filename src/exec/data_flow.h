#pragma once

#include <cstddef>
#include <limits>
#include <vector>

#include "exec/lifetimes.h"
#include "ir/graph.h"

namespace alice {

/// Who makes and who reads the memory of each value of a graph. Views neither make nor read: what they show is their root's.
struct DataFlow {
  static constexpr std::size_t kNobody = std::numeric_limits<std::size_t>::max();

  /// An input of a node.
  struct Reader {
    std::size_t node;
    std::size_t input;
  };
  /// Of the root that owns a piece of memory.
  struct Root {
    std::size_t maker = kNobody;  ///< the node whose first output it is
    std::vector<Reader> readers;
    bool is_output = false;  ///< of the graph
  };
  std::vector<Root> roots;  ///< for each value; empty for those that are no root
};

/// O(nodes).
DataFlow AnalyzeDataFlow(const Graph& graph, const ValueStorage& storage);

}  // namespace alice
