#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>

#include "backends/accelerator.h"
#include "exec/acceleration.h"

namespace alice {

/// Makes the device that executes what it can of models. Error: backend_unavailable, with the reason.
using AcceleratorFactory = Result<std::unique_ptr<Accelerator>> (*)();

/// What a device does for a model in one precision.
struct PrecisionAcceleration {
  std::size_t steps = 0;      ///< operators that it executes
  std::size_t all_steps = 0;  ///< of so many
  AccelerationCheck check;    ///< the worst of all inputs that it was tried with
  std::string refusal;        ///< why it executes none; empty where it does
};

struct AccelerationReport {
  std::string device;
  PrecisionAcceleration fp32;
  std::optional<PrecisionAcceleration> int8;  ///< of a model that has INT8 layers
};

}  // namespace alice
