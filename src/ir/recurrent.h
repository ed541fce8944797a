#pragma once

#include <cstddef>

#include "ir/op_kind.h"

namespace alice {

/// The inputs of LSTM, GRU and RNN; only LSTM has the last two.
enum : std::size_t {
  kRecurrentW = 1,
  kRecurrentR = 2,
  kRecurrentB = 3,
  kRecurrentLengths = 4,
  kRecurrentH = 5,
  kRecurrentC = 6,
  kRecurrentP = 7,
  // Where it takes products; the others stay where they are.
  kSplitRecurrentR = 1,
  kSplitRecurrentBias = 2,
};

/// How many gates a recurrent operator has: in their order i, o, f, c of LSTM, z, r, h of GRU, i of RNN.
constexpr std::size_t GatesOf(OpKind kind) { return kind == OpKind::LSTM ? 4 : kind == OpKind::GRU ? 3 : 1; }

}  // namespace alice
