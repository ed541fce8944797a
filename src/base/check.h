#pragma once

namespace alice {

/// Says on stderr what does not hold and where, and ends the program.
[[noreturn]] void CheckFailed(const char* file, int line, const char* condition) noexcept;

}  // namespace alice

/// Ends the program when an invariant of the library itself does not hold. Never for input: input gets an Error.
#define ALICE_CHECK(condition)                                   \
  do {                                                           \
    if (!(condition)) [[unlikely]]                               \
      ::alice::CheckFailed(__FILE_NAME__, __LINE__, #condition); \
  } while (false)

/// The same, compiled out of release builds: for checks inside kernels and on the run path.
#ifdef NDEBUG
#define ALICE_DCHECK(condition) ((void)0)
#else
#define ALICE_DCHECK(condition) ALICE_CHECK(condition)
#endif
