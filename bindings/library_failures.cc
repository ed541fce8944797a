// What the C++ library would say before it aborts: nothing, in place of functions that bring printf and the texts of all system errors
// along. Nothing of the engine ends there: the page sees a trap (docs/adr/0019-a-lost-module.md).
#include <version>

// NOLINTBEGIN(readability-identifier-naming, bugprone-reserved-identifier, cert-dcl58-cpp): names of others.
_LIBCPP_BEGIN_NAMESPACE_STD
/// A clock that cannot be read.
[[noreturn]] void __throw_system_error(int /*code*/, const char* /*what*/) { __builtin_trap(); }
_LIBCPP_END_NAMESPACE_STD

/// An exception that nobody catches.
extern "C" [[noreturn]] void abort_message(const char* /*format*/, ...) { __builtin_trap(); }
// NOLINTEND(readability-identifier-naming, bugprone-reserved-identifier, cert-dcl58-cpp)
