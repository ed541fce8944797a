#include "backends/webgl/webgl_accelerator.h"

#include "bindings/accelerator.h"

namespace alice {

AcceleratorFactory AcceleratorOfModule() { return CreateWebglAccelerator; }

}  // namespace alice
