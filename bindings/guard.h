#pragma once

#include <emscripten/val.h>
#include <exception>
#include <new>
#include <string>
#include <string_view>
#include <utility>

#include "base/result.h"
#include "tensor/heap_limit.h"

namespace alice {

/// Text as a JavaScript string. Unlike val(std::string), it takes no memory of the heap and so cannot fail: an error can be
/// told when there is no memory left, and what has been done is never lost for want of words.
inline emscripten::val ToJs(std::string_view text) {
  static const emscripten::val decoder = emscripten::val::global("TextDecoder").new_();
  const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
  return decoder.call<emscripten::val>("decode", emscripten::typed_memory_view(text.size(), bytes));
}

/// A JavaScript string as text. Unlike as<std::string>(), whose glue writes to address 0 where memory is refused, it throws
/// bad_alloc then.
inline std::string TextOf(const emscripten::val& string) {
  const auto bytes = emscripten::val::global("TextEncoder").new_().call<emscripten::val>("encode", string);
  std::string text(bytes["length"].as<std::size_t>(), '\0');
  const emscripten::val view(
      emscripten::typed_memory_view(text.size(), reinterpret_cast<const unsigned char*>(text.data())));
  view.call<void>("set", bytes);
  return text;
}

/// { code, stage, message, node, hint }
inline emscripten::val ErrorToJs(ErrorCode code, std::string_view message, std::string_view node,
                                 std::string_view hint) {
  auto object = emscripten::val::object();
  object.set("code", ToJs(ErrorCodeName(code)));
  object.set("stage", ToJs(ErrorStage(code)));
  object.set("message", ToJs(message));
  object.set("node", ToJs(node));
  object.set("hint", ToJs(hint));
  return object;
}
inline emscripten::val ToJs(const Error& error) { return ErrorToJs(error.code, error.message, error.node, error.hint); }

/// What std::bad_alloc means, told without taking memory.
inline emscripten::val RefusedMemoryToJs() {
  if (WasGrowthForbidden()) {
    return ErrorToJs(ErrorCode::budget_exceeded,
                     "the call needs more memory than the WebAssembly heap may have under maxMemoryMB", "",
                     kMemoryHint);
  }
  return ErrorToJs(ErrorCode::out_of_memory, "the system refused memory", "", "");
}

/// The outcome of a failed call, of which `error` is the error: { error }.
inline emscripten::val Failure(const emscripten::val& error) {
  auto outcome = emscripten::val::object();
  outcome.set("error", error);
  return outcome;
}

/// The outcome of a call that worked: { value }.
inline emscripten::val Success(const emscripten::val& value) {
  auto outcome = emscripten::val::object();
  outcome.set("value", value);
  return outcome;
}

/// Runs `body`, a function without arguments, and gives what it gives; where it throws, what `fail` makes of the error as a
/// JavaScript object. A refused allocation is budget_exceeded or out_of_memory, any other exception `internal`.
template <typename Body, typename Fail>
auto Catching(Body&& body, Fail&& fail) -> decltype(body()) {
  try {
    return body();
  } catch (const std::bad_alloc&) {
    return fail(RefusedMemoryToJs());
  } catch (const std::exception& exception) {
    return fail(ErrorToJs(ErrorCode::internal, exception.what(), "", ""));
  }
}

/// The wall between C++ and JavaScript: runs `body`, which gives a Result<emscripten::val>, and makes its outcome an
/// object. Nothing is thrown past it.
template <typename Body>
emscripten::val Guard(Body&& body) {
  return Catching(
      [&] {
        Result<emscripten::val> result = body();
        return result.ok() ? Success(*result) : Failure(ToJs(result.error()));
      },
      Failure);
}

}  // namespace alice
