#include "kernels/transpose/transpose.h"

#include <catch2/catch.hpp>

#include "guarded.h"

namespace alice {

TEST_CASE("transpose_f32 moves [r, c] to [c, r], of a wider matrix too", "[kernels]") {
  for (const TransposeF32Kernel& kernel : AllTransposeF32()) {
    for (std::size_t rows = 1; rows <= 9; ++rows) {
      for (std::size_t cols = 1; cols <= 22; ++cols) {
        for (const std::size_t ldx : {cols, cols + 3}) {
          std::vector<float> x(rows * ldx);
          Guarded<float> expected(rows * cols, 1);
          for (std::size_t i = 0; i < x.size(); ++i) {
            x[i] = static_cast<float>(i);
            if (i % ldx < cols) expected[i % ldx * rows + i / ldx] = x[i];
          }
          Guarded<float> y(rows * cols, 1);
          kernel.run({rows, cols, x.data(), ldx, y.data()});
          INFO(kernel.name << " [" << rows << ", " << cols << "] of " << ldx);
          REQUIRE(y == expected);
        }
      }
    }
  }
}

}  // namespace alice
