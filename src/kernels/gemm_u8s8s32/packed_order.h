#pragma once

#include <cstddef>

#include "kernels/gemm_u8s8s32/gemm_u8s8s32.h"

namespace alice {

/// Calls visit(row, column) for every place of a packed [k, n] matrix, in its order: panels of nr columns; in a panel, groups
/// of kr rows; in a group, column after column. Places outside of the matrix have row ≥ k or column ≥ n.
template <typename Visit>
void ForEachPackedU8S8S32(const GemmU8S8S32Kernel& kernel, std::size_t k, std::size_t n, const Visit& visit) {
  for (std::size_t panel = 0; panel < n; panel += kernel.nr) {
    for (std::size_t group = 0; group < k; group += kernel.kr) {
      for (std::size_t column = panel; column < panel + kernel.nr; ++column) {
        for (std::size_t row = group; row < group + kernel.kr; ++row) visit(row, column);
      }
    }
  }
}

}  // namespace alice
