#pragma once

#include <vector>

#include "numeric/scheme.h"

namespace alice {

/// Every scheme that CheckScheme accepts, with groups of 16 rows.
inline std::vector<Scheme> AcceptedSchemes() {
  std::vector<Scheme> schemes;
  for (std::size_t type = 0; type < kWeightTypeNames.size(); ++type) {
    for (std::size_t granularity = 0; granularity < kGranularityNames.size(); ++granularity) {
      for (int bits = 0; bits < 16; ++bits) {
        Scheme scheme;
        scheme.weights = {static_cast<WeightType>(type), (bits & 1) != 0, static_cast<Granularity>(granularity), 16};
        scheme.activations = {(bits & 2) != 0 ? Strategy::fixed : Strategy::dynamic, (bits & 4) != 0,
                              (bits & 8) != 0 ? ActivationGranularity::per_token : ActivationGranularity::per_tensor};
        if (CheckScheme(scheme).ok()) schemes.push_back(scheme);
      }
    }
  }
  return schemes;
}

}  // namespace alice
