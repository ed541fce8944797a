#pragma once

#include <span>
#include <string>
#include <string_view>

namespace alice {

enum class Outcome {
  passed,
  failed,
  unsupported,  ///< refused, as conformance/refusals.h says
  foreign,      ///< of an operator that the engine does not have
};

/// What came of one of the official ONNX node vectors.
struct VectorResult {
  std::string by;  ///< the operator it counts for: that of its first node, or the one that the engine does not have
  std::string vector;
  Outcome outcome;
  std::string detail = {};  ///< passed: which inputs are constants; failed: the error; unsupported: the reason
};

/// How many vectors count for that operator with that outcome.
int CountOf(std::span<const VectorResult> results, std::string_view by, Outcome outcome);

/// Writes a line "operator ⇥ vector ⇥ outcome ⇥ detail" for each result, which tools/conformance reads. False where the
/// file cannot be written.
bool WriteReport(std::span<const VectorResult> results, const std::string& file);

}  // namespace alice
