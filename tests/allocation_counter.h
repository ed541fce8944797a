#pragma once

#include <cstddef>

namespace alice {

/// How often `operator new` of any kind has been called in this program (tests/allocation_counter.cc replaces them).
std::size_t AllocationCount();

/// How many of them have not been given back.
long LiveAllocations();

/// Makes the n-th allocation from now on fail, once; 0 is the next one. A negative number ends that.
void FailAllocation(long n);
/// Whether the one that was to fail last has come and failed.
bool AllocationHasFailed();

}  // namespace alice
