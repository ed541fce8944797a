#pragma once

#include <memory>

#include "backends/accelerator.h"
#include "base/result.h"

namespace alice {

/// Executes what FamilyOf (backends/webgl/drawn_op.h) knows by OpenGL ES 3.0: in a browser WebGL 2. Integers come out as on the
/// CPU. So do floats where the GPU rounds sums, products and quotients of normal floats half to even and one by one, which no
/// specification asks of it: whoever uses it compares first (Session::CheckAcceleration).
///
/// Error: backend_unavailable, with the reason.
Result<std::unique_ptr<Accelerator>> CreateWebglAccelerator();

}  // namespace alice
