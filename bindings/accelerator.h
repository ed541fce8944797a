#pragma once

#include "engine/engine.h"

namespace alice {

/// What makes the accelerator of this module; null in a module without one. Which it is, is a matter of what is linked:
/// no_accelerator.cc or webgl_accelerator.cc.
AcceleratorFactory AcceleratorOfModule();

}  // namespace alice
