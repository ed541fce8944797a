#pragma once

#include <algorithm>
#include <cstddef>

namespace alice {

/// How much scratch an operator takes for the rows that it works on at a time.
inline constexpr std::size_t kTileBytes = std::size_t{1} << 18;

/// How many of `rows` rows to take at a time, at `row_bytes` of scratch each: as many as kTileBytes holds, one at least;
/// a multiple of 16, which no product kernel's tile straddles, where neither `rows` nor kTileBytes is below that.
inline std::size_t TileRows(std::size_t rows, std::size_t row_bytes) {
  constexpr std::size_t kMultiple = 16;
  const std::size_t fitting = kTileBytes / std::max<std::size_t>(row_bytes, 1);
  const std::size_t most = fitting < kMultiple ? fitting : fitting / kMultiple * kMultiple;
  return std::max<std::size_t>(std::min(rows, most), 1);
}

}  // namespace alice
