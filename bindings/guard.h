#pragma once

#include <emscripten/val.h>
#include <exception>
#include <new>
#include <string_view>

#include "base/result.h"

namespace alice {

/// { code, stage, message, node, hint }
emscripten::val ErrorToJs(ErrorCode code, std::string_view message, std::string_view node, std::string_view hint);
emscripten::val ToJs(const Error& error);

/// What std::bad_alloc means, told without taking memory.
emscripten::val RefusedMemoryToJs();

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

/// The wall between C++ and JavaScript: calls `body` with `context`, and makes its outcome an object. Nothing is thrown past
/// it.
emscripten::val GuardCall(Result<emscripten::val> (*body)(void* context), void* context);

/// The same for a function without arguments, which gives a Result<emscripten::val>.
template <typename Body>
emscripten::val Guard(const Body& body) {
  return GuardCall([](void* context) { return (*static_cast<const Body*>(context))(); }, const_cast<Body*>(&body));
}

}  // namespace alice
