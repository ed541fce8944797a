#include "kernels/indexed_copy/indexed_copy.h"

#include <catch2/catch.hpp>
#include <cstdint>
#include <vector>

namespace alice {
namespace {

/// x [3, 4, unit] by the rows and columns that are asked for.
template <typename T>
void CheckUnits(std::size_t unit) {
  std::vector<T> x(3 * 4 * unit);
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<T>(i + 1);
  const std::vector<std::size_t> rows = {2, 2, 0, 1, 1};
  const std::vector<std::size_t> columns = {3, 0, 0, 2};
  std::vector<std::ptrdiff_t> row_offsets;
  std::vector<std::ptrdiff_t> column_offsets;
  for (const std::size_t row : rows) row_offsets.push_back(static_cast<std::ptrdiff_t>(row * 4 * unit * sizeof(T)));
  for (const std::size_t column : columns) {
    column_offsets.push_back(static_cast<std::ptrdiff_t>(column * unit * sizeof(T)));
  }
  std::vector<T> expected;
  for (const std::size_t row : rows) {
    for (const std::size_t column : columns) {
      for (std::size_t i = 0; i < unit; ++i) expected.push_back(x[(row * 4 + column) * unit + i]);
    }
  }
  std::vector<T> y(expected.size());
  const IndexedAxis axes[] = {{rows.size(), row_offsets.data()}, {columns.size(), column_offsets.data()}};
  IndexedCopy(axes, unit * sizeof(T), reinterpret_cast<const std::byte*>(x.data()),
              reinterpret_cast<std::byte*>(y.data()));
  CHECK(y == expected);
}

}  // namespace

TEST_CASE("an indexed copy takes rows and columns by their tables", "[kernels]") {
  for (const std::size_t unit : {1U, 2U, 3U, 8U}) {
    CheckUnits<std::uint8_t>(unit);
    CheckUnits<float>(unit);
    CheckUnits<std::int64_t>(unit);
  }
}

}  // namespace alice
