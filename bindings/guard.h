#pragma once

#include <emscripten/val.h>
#include <exception>
#include <new>
#include <string>

#include "base/result.h"

namespace alice {

inline emscripten::val ToJs(std::string_view text) { return emscripten::val(std::string(text)); }

/// { code, stage, message, node, hint }
inline emscripten::val ToJs(const Error& error) {
  auto object = emscripten::val::object();
  object.set("code", ToJs(ErrorCodeName(error.code)));
  object.set("stage", ToJs(ErrorStage(error.code)));
  object.set("message", ToJs(error.message));
  object.set("node", ToJs(error.node));
  object.set("hint", ToJs(error.hint));
  return object;
}

/// The outcome of a failed call: { error }.
inline emscripten::val Failure(const Error& error) {
  auto outcome = emscripten::val::object();
  outcome.set("error", ToJs(error));
  return outcome;
}

/// The outcome of a call that worked: { value }.
inline emscripten::val Success(const emscripten::val& value) {
  auto outcome = emscripten::val::object();
  outcome.set("value", value);
  return outcome;
}

/// The wall between C++ and JavaScript: runs `body`, which gives a Result<emscripten::val>, and makes its outcome an
/// object. Nothing is thrown past it: a refused allocation becomes out_of_memory, any other exception `internal`.
template <typename Body>
emscripten::val Guard(Body&& body) {
  try {
    Result<emscripten::val> result = body();
    return result.ok() ? Success(*result) : Failure(result.error());
  } catch (const std::bad_alloc&) {
    return Failure(MakeError(ErrorCode::out_of_memory, "the system refused memory"));
  } catch (const std::exception& exception) {
    return Failure(MakeError(ErrorCode::internal, exception.what()));
  }
}

}  // namespace alice
