#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include "kernels/isa.h"

namespace alice {

/// The most multiply-adds that one instruction can do: a loop over nothing but it, on registers, enough of them to hide its
/// latency.
struct InstructionPeak {
  std::string_view name;
  Isa isa;
  std::size_t products_per_step;
  void (*run)(std::size_t steps);
};

/// Those of the instructions that product kernels are made of, as far as this build has them.
std::span<const InstructionPeak> AllInstructionPeaks();

}  // namespace alice
