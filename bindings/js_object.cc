#include "bindings/js_object.h"

namespace alice {

using emscripten::val;

JsObject::JsObject() noexcept : val(object()) {}

void JsObject::Set(const char* name, const val& value) noexcept { set(val(name), value); }
void JsObject::Set(const char* name, double value) noexcept { Set(name, val(value)); }
void JsObject::Set(const char* name, bool value) noexcept { Set(name, val(value)); }
void JsObject::Set(const char* name, std::string_view text) noexcept { Set(name, ToJs(text)); }

JsArray::JsArray() noexcept : val(array()) {}

void JsArray::Push(const val& value) noexcept { call<void>("push", value); }

}  // namespace alice
