#include "bindings/guard.h"

#include "bindings/js_object.h"
#include "tensor/heap_limit.h"

namespace alice {

using emscripten::val;

val ErrorToJs(ErrorCode code, std::string_view message, std::string_view node, std::string_view hint) {
  JsObject object;
  object.Set("code", ErrorCodeName(code));
  object.Set("stage", ErrorStage(code));
  object.Set("message", message);
  object.Set("node", node);
  object.Set("hint", hint);
  return object;
}

val ToJs(const Error& error) { return ErrorToJs(error.code, error.message, error.node, error.hint); }

val RefusedMemoryToJs() {
  if (WasGrowthForbidden()) {
    return ErrorToJs(ErrorCode::budget_exceeded,
                     "the call needs more memory than the WebAssembly heap may have under maxMemoryMB", "",
                     kMemoryHint);
  }
  return ErrorToJs(ErrorCode::out_of_memory, "the system refused memory", "", "");
}

val GuardCall(Result<val> (*body)(void* context), void* context) {
  // { value } or { error }
  JsObject outcome;
  const auto fail = [&](const val& error) { outcome.Set("error", error); };
  Catching(
      [&] {
        const Result<val> result = body(context);
        if (!result.ok()) return fail(ToJs(result.error()));
        outcome.Set("value", *result);
      },
      fail);
  return outcome;
}

}  // namespace alice
