#include "quant/layer_policy.h"

#include <algorithm>

namespace alice {

bool MatchesPattern(std::string_view text, std::string_view pattern) {
  // On a mismatch the last star takes one character more.
  std::size_t t = 0;
  std::size_t p = 0;
  std::size_t star = std::string_view::npos;
  std::size_t star_text = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      star_text = t;
    } else if (p < pattern.size() && pattern[p] == text[t]) {
      ++p;
      ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++star_text;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', p) == std::string_view::npos;
}

bool IsExcluded(const Node& node, const LayerPolicy& policy) {
  return std::ranges::any_of(policy.exclude, [&](const std::string& pattern) {
    return MatchesPattern(node.name, pattern) || MatchesPattern(InfoOf(node.kind).name, pattern);
  });
}

}  // namespace alice
