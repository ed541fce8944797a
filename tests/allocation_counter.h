#pragma once

#include <cstddef>

namespace alice {

/// How often `operator new` of any kind has been called in this program (tests/allocation_counter.cc replaces them).
std::size_t AllocationCount();

/// Makes the n-th allocation from now on fail, once; 0 is the next one. A negative number ends that.
void FailAllocation(long n);

}  // namespace alice
