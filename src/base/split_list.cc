#include "base/split_list.h"

namespace alice {

std::vector<std::string> SplitList(std::string_view list) {
  std::vector<std::string> patterns;
  while (!list.empty()) {
    const std::size_t comma = std::min(list.find(','), list.size());
    std::string_view pattern = list.substr(0, comma);
    list.remove_prefix(std::min(comma + 1, list.size()));
    const std::size_t begin = pattern.find_first_not_of(' ');
    if (begin == std::string_view::npos) continue;
    pattern = pattern.substr(begin, pattern.find_last_not_of(' ') + 1 - begin);
    patterns.emplace_back(pattern);
  }
  return patterns;
}

}  // namespace alice
