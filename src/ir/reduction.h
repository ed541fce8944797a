#pragma once

#include <cstdint>

#include "ir/op_kind.h"

namespace alice {

enum class ReductionMap : std::uint8_t { identity, absolute, square, exponential };
enum class ReductionCombine : std::uint8_t { sum, product, max, min };
enum class ReductionFinish : std::uint8_t { none, mean, root, log };

/// What a row of ir/reduction.inc says.
struct Reduction {
  ReductionMap map = ReductionMap::identity;
  ReductionCombine combine = ReductionCombine::sum;
  ReductionFinish finish = ReductionFinish::none;

  /// Whether it picks one of the elements.
  [[nodiscard]] bool picks() const { return combine == ReductionCombine::max || combine == ReductionCombine::min; }
  /// Whether its result is a number that integers do not have.
  [[nodiscard]] bool is_real() const { return finish == ReductionFinish::root || finish == ReductionFinish::log; }
};

/// Requires the kind of a reduction.
constexpr Reduction ReductionOf(OpKind kind) {
  switch (kind) {
#define ALICE_REDUCTION(kind, map, combine, finish) \
  case OpKind::kind:                                \
    return {ReductionMap::map, ReductionCombine::combine, ReductionFinish::finish};
#include "ir/reduction.inc"
#undef ALICE_REDUCTION
    default:
      return {};
  }
}

/// The operator set from which on a reduction takes its axes as an input.
constexpr std::int64_t FirstOpsetWithAxesInput(OpKind kind) { return kind == OpKind::ReduceSum ? 13 : 18; }

}  // namespace alice
