#pragma once

#include <emscripten/val.h>
#include <string>
#include <string_view>

namespace alice {

// Text between C++ and JavaScript. embind's own strings take memory without looking whether they get it, on either way, and
// write to address 0 where they do not.

/// Text as a JavaScript string. Takes no memory of the heap and so cannot fail: an error can be told when there is no memory
/// left, and what has been done is never lost for want of words.
emscripten::val ToJs(std::string_view text) noexcept;

/// A JavaScript string as text. Throws std::bad_alloc.
std::string TextOf(const emscripten::val& string);

}  // namespace alice
