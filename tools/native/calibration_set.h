#pragma once

#include <cstdint>
#include <string>

namespace alice {

struct CalibrationFiles {
  std::string dataset;   ///< the text of standard-<count>.json
  std::string manifest;  ///< the text of manifest.json
};

/// The calibration set of `count` samples of MakeSample(base_seed, i, ParameterSplit::train), and its
/// manifest; what they hold is in calibration-data/README.md. The same arguments give the same bytes.
/// `generated_at` is an ISO 8601 time, `command` what the manifest names as the way to make it again.
CalibrationFiles MakeCalibrationFiles(std::uint32_t count, std::uint32_t base_seed, const std::string& generated_at,
                                      const std::string& command);

}  // namespace alice
