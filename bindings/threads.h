#pragma once

#include "base/thread_team.h"

namespace alice {

/// All threads of the module: those that engines share.
ThreadTeam& TeamOfModule();

}  // namespace alice
