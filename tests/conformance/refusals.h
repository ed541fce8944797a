#pragma once

#include <string_view>
#include <vector>

#include "base/status.h"

namespace alice {

/// Official ONNX node vectors that Alice refuses, though it has their operators.
struct Refusal {
  std::string_view reason;  ///< as docs/conformance.md says it
  ErrorCode code;
  std::vector<std::string_view> vectors;
};

/// The refusal of that vector; nullptr where it has to pass.
const Refusal* FindRefusal(std::string_view vector);

}  // namespace alice
