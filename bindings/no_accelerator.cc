#include "bindings/accelerator.h"

namespace alice {

AcceleratorFactory AcceleratorOfModule() { return nullptr; }

}  // namespace alice
