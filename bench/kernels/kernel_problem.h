#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "kernels/isa.h"

namespace alice {

/// A kernel of the lists, and one way to use it.
struct KernelUse {
  std::string name;
  std::string_view operation;  ///< see AllKernelUses
  Isa isa;
  /// Makes a problem of random operands, of a product [m, k]·[k, n]; calling what it gives solves it once.
  std::function<std::function<void()>(std::size_t m, std::size_t n, std::size_t k)> prepare;
};

/// Every kernel of the product lists that this machine runs exactly, as
///   "int8 sums"     u8 · s8 → s32
///   "int8 dynamic"  f32 → range → u8 · s8 → f32 with bias, relu and range
///   "fp32"          f32 · f32 → f32 with bias and relu
std::vector<KernelUse> AllKernelUses();

/// Every kernel of the depthwise lists, for an image [m, m, n] under a window [k, k] that gives as many outputs, with bias and relu
///   "depthwise int8 to floats"  u8 · s16 → s32 → f32, with its range
///   "depthwise int8 to codes"   u8 · s16 → s32 → u8
///   "depthwise fp32"            f32 · f32 → f32
std::vector<KernelUse> DepthwiseUses();

}  // namespace alice
