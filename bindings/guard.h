#pragma once

#include <emscripten/val.h>
#include <exception>
#include <new>
#include <string_view>
#include <utility>

#include "base/result.h"
#include "bindings/text.h"
#include "tensor/heap_limit.h"

namespace alice {

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
