#pragma once

#include <span>
#include <string_view>

#include "kernels/isa.h"

namespace alice {

/// One implementation of an operation. All implementations of an operation give the same bits; its
/// kernels.inc lists them, weakest instruction set first and faster ones later.
template <typename Signature>
struct Kernel {
  std::string_view name;  ///< operation, types, tile, instruction set
  Isa isa;
  Signature* run;
};

/// The last kernel of `kernels` that needs nothing above `isa`. The reference, listed first, always
/// qualifies.
template <typename AnyKernel>
const AnyKernel& SelectKernel(std::span<const AnyKernel> kernels, Isa isa) {
  const AnyKernel* best = &kernels.front();
  for (const AnyKernel& kernel : kernels) {
    if (kernel.isa <= isa) best = &kernel;
  }
  return *best;
}

}  // namespace alice
