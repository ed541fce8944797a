#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "base/result.h"
#include "conformance/node_vector.h"
#include "kernels/isa.h"

namespace alice {

/// How near a float output has to be to the expected one. Integers are always equal.
enum class Closeness {
  exact,
  /// Sums of products: |Δ| ≤ 2 · (k + 3) · 2^-24 · Σ|a·b|. Each of the two sums is off by at most k + 3 roundings (k
  /// products and additions, alpha, beta, C) of at most the sum of magnitudes, which the model itself gives for the
  /// magnitudes of its inputs.
  sum,
  /// The same with k the number of elements of the first input: over however many of its axes the sum goes.
  sum_of_all,
  /// exp, tanh, sqrt: |Δ| ≤ 1e-6 + 1e-5 · |expected|; libraries differ in the last places of such functions.
  irrational,
};

/// The inputs that become constants before the model is read, by their index.
using BoundInputs = std::vector<std::size_t>;

/// Reads the model of `vector`, optimizes it, and runs it on each of its folders of data in FP32 precision. Inputs
/// without elements get their shape from the data. Errors:
/// those of reading and compiling, and `internal`, saying where a result differs from what is expected.
Status RunNodeVector(const NodeVector& vector, const BoundInputs& bound, Closeness closeness, Isa isa);

}  // namespace alice
