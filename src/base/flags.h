#pragma once

#include <cstdint>
#include <vector>

namespace alice {

/// A flag for each of many things. (Bytes: what std::vector does with bits takes more code than it saves memory.)
using Flags = std::vector<std::uint8_t>;

}  // namespace alice
