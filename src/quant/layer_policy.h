#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "ir/graph.h"

namespace alice {

/// Which layers stay in float.
struct LayerPolicy {
  /// Names of nodes or operators; `*` stands for any characters.
  std::vector<std::string> exclude = {};
  bool keep_first = false;  ///< the first layer that could be quantized, in the order of execution
  bool keep_last = false;
};

/// Whether `text` is `pattern`, in which each `*` stands for any characters. Linear in time but for the stars.
bool MatchesPattern(std::string_view text, std::string_view pattern);

/// Whether a pattern of the policy names the node or its operator.
bool IsExcluded(const Node& node, const LayerPolicy& policy);

}  // namespace alice
