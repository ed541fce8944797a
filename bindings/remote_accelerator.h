#pragma once

#include <emscripten/val.h>
#include <memory>

#include "backends/accelerator.h"

namespace alice {

/// The device of an engine in another module, which has the same model: `RemoteDevice` of web/src/native.ts says what it does.
/// It executes every step of a plan, as one segment.
std::unique_ptr<Accelerator> MakeRemoteAccelerator(const emscripten::val& device);

}  // namespace alice
