#include "kernels/strided_copy/strided_copy.h"

#include <catch2/catch.hpp>
#include <cstdint>
#include <numeric>
#include <random>
#include <vector>

namespace alice {
namespace {

using Axis = StridedCopy::Axis;

/// The same, element by element.
template <typename T>
void CopyByIndex(const std::vector<Axis>& axes, std::size_t axis, const T* x, T* y) {
  if (axis == axes.size()) {
    *y = *x;
    return;
  }
  for (std::size_t i = 0; i < axes[axis].size; ++i) {
    const auto at = static_cast<std::ptrdiff_t>(i);
    CopyByIndex(axes, axis + 1, x + at * axes[axis].x, y + at * axes[axis].y);
  }
}

/// Random axes of a block of x, whose results lie in a permuted order with gaps.
template <typename T>
void CheckRandomBlocks(std::mt19937& random) {
  for (int round = 0; round < 200; ++round) {
    const std::size_t rank = random() % 5;
    std::vector<Axis> axes(rank);
    std::ptrdiff_t span_x = 1;
    std::ptrdiff_t span_y = 1;
    std::ptrdiff_t first_x = 0;
    for (std::size_t axis = rank; axis-- > 0;) {
      const auto size = static_cast<std::ptrdiff_t>(1 + random() % 5);
      const std::ptrdiff_t gap_x = static_cast<std::ptrdiff_t>(random() % 3) - 1;  // −1: runs backwards
      axes[axis] = {static_cast<std::size_t>(size), gap_x == 1 ? 0 : span_x, span_y};
      if (gap_x < 0) {
        first_x += (size - 1) * span_x;
        axes[axis].x = -span_x;
      }
      span_x *= size;
      span_y *= size + static_cast<std::ptrdiff_t>(random() % 2);
    }
    for (std::size_t axis = rank; axis > 1; --axis) std::swap(axes[axis - 1], axes[random() % axis]);
    std::vector<T> x(static_cast<std::size_t>(span_x));
    std::iota(x.begin(), x.end(), T{1});
    std::vector<T> expected(static_cast<std::size_t>(span_y), T{0});
    std::vector<T> y = expected;
    CopyByIndex(axes, 0, x.data() + first_x, expected.data());
    StridedCopy(sizeof(T), axes)
        .Run(reinterpret_cast<const std::byte*>(x.data() + first_x), reinterpret_cast<std::byte*>(y.data()));
    REQUIRE(y == expected);
  }
}

}  // namespace

TEST_CASE("a strided copy moves what an element-wise one moves", "[kernels]") {
  constexpr unsigned kSeed = 20;
  std::mt19937 random(kSeed);
  CheckRandomBlocks<std::uint8_t>(random);
  CheckRandomBlocks<std::uint32_t>(random);
  CheckRandomBlocks<std::uint64_t>(random);
}

TEST_CASE("a block with an empty axis is nothing, one without axes an element", "[kernels]") {
  const std::uint32_t x = 7;
  std::uint32_t y = 1;
  const std::vector<Axis> empty = {{3, 1, 1}, {0, 1, 1}};
  StridedCopy(sizeof x, empty).Run(reinterpret_cast<const std::byte*>(&x), reinterpret_cast<std::byte*>(&y));
  CHECK(y == 1);
  StridedCopy(sizeof x, {}).Run(reinterpret_cast<const std::byte*>(&x), reinterpret_cast<std::byte*>(&y));
  CHECK(y == 7);
}

}  // namespace alice
