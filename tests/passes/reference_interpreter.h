#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "ir/graph.h"

namespace alice {

/// A tensor as the interpreter carries it, with what is needed to bound the effect of rounding constants to f32:
/// where each constant is off by at most one relative rounding u = 2^-24 per rewrite that touches it, an element is off
/// by at most roundings · u · bound[i] (to first order).
struct ReferenceTensor {
  Shape shape;
  std::vector<double> values;
  std::vector<double> bound;  ///< the same computation on magnitudes, at least |values[i]|
  double roundings = 0;
};

/// Evaluates a verified graph with inferred shapes in f64 by the definitions of the ONNX operators; `int8` is ignored.
/// Symbol i has the size sizes[i]; `feeds` has the graph inputs by name. The result has all values by name.
std::map<std::string, ReferenceTensor> Interpret(const Graph& graph, const std::vector<std::int64_t>& sizes,
                                                 const std::map<std::string, std::vector<double>>& feeds);

}  // namespace alice
