#include "kernels/transpose/transpose.h"

#include <catch2/catch.hpp>

#include "guarded.h"

namespace alice {

TEST_CASE("transpose_f32 moves [r, c] to [c, r]", "[kernels]") {
  for (const TransposeF32Kernel& kernel : AllTransposeF32()) {
    for (std::size_t rows = 1; rows <= 9; ++rows) {
      for (std::size_t cols = 1; cols <= 9; ++cols) {
        std::vector<float> x(rows * cols);
        Guarded<float> expected(rows * cols, 1);
        for (std::size_t i = 0; i < x.size(); ++i) {
          x[i] = static_cast<float>(i);
          expected[i % cols * rows + i / cols] = x[i];
        }
        Guarded<float> y(rows * cols, 1);
        kernel.run(rows, cols, x.data(), y.data());
        INFO(kernel.name << " [" << rows << ", " << cols << "]");
        REQUIRE(y == expected);
      }
    }
  }
}

}  // namespace alice
