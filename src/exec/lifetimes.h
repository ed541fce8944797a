#pragma once

#include <cstddef>
#include <vector>

#include "ir/graph.h"

namespace alice {

/// The steps during which a buffer's contents matter, both ends included. Step i executes node i.
struct Lifetime {
  std::size_t first = 0;
  std::size_t last = 0;

  [[nodiscard]] bool Overlaps(const Lifetime& other) const { return first <= other.last && other.first <= last; }
};

/// Which memory each value of a graph lives in, and for how long.
struct ValueStorage {
  /// For each value, the value whose memory it shares: itself, or the root of a chain of views.
  std::vector<ValueId> root;
  /// For each root that is not a constant, its lifetime. Graph inputs live through the whole run, so that a
  /// run can be repeated; graph outputs live from their making to the end.
  std::vector<Lifetime> lifetime;
};

ValueStorage AnalyzeStorage(const Graph& graph);

}  // namespace alice
