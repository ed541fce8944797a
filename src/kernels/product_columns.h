#pragma once

#include <cstddef>

namespace alice {

/// Columns of a panel of B: two vectors of 32-bit sums.
inline constexpr std::size_t kTileColumns = 8;

}  // namespace alice
