#pragma once

#include <concepts>
#include <emscripten/val.h>
#include <string_view>

#include "bindings/text.h"

namespace alice {

// What embind's own `set` does is compiled anew for each type and length of name; these are compiled once. They take no
// memory of the heap, and so cannot fail.

/// A JavaScript object.
class JsObject : public emscripten::val {
 public:
  JsObject() noexcept;

  void Set(const char* name, const emscripten::val& value) noexcept;
  void Set(const char* name, double value) noexcept;
  void Set(const char* name, bool value) noexcept;
  void Set(const char* name, std::string_view text) noexcept;
  void Set(const char* name, const char* text) noexcept { Set(name, std::string_view(text)); }
  void Set(const char* name, std::integral auto value) noexcept { Set(name, static_cast<double>(value)); }
};

/// A JavaScript array.
class JsArray : public emscripten::val {
 public:
  JsArray() noexcept;

  void Push(const emscripten::val& value) noexcept;
};

/// A JavaScript array of what `convert` makes of each item.
template <typename Range, typename Convert>
JsArray ToJsArray(const Range& range, Convert&& convert) {
  JsArray array;
  for (const auto& item : range) array.Push(convert(item));
  return array;
}

}  // namespace alice
