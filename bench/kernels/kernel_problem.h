#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "kernels/isa.h"

namespace alice {

/// A product kernel of the lists, and one way to use it.
struct KernelUse {
  std::string name;
  std::string_view operation;  ///< see AllKernelUses
  Isa isa;
  /// Makes a problem [m, k]·[k, n] of random operands; calling what it gives solves it once.
  std::function<std::function<void()>(std::size_t m, std::size_t n, std::size_t k)> prepare;
};

/// Every kernel of the product lists that this machine runs exactly, as
///   "int8 sums"     u8 · s8 → s32
///   "int8 dynamic"  f32 → range → u8 · s8 → f32 with bias, relu and range
///   "fp32"          f32 · f32 → f32 with bias and relu
std::vector<KernelUse> AllKernelUses();

}  // namespace alice
