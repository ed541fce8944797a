#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace alice {

/// "a, b*": the entries of a list separated by commas, without the blanks around them and without empty ones.
std::vector<std::string> SplitList(std::string_view list);

}  // namespace alice
