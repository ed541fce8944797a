#pragma once

#include <emscripten/val.h>
#include <vector>

#include "bindings/js_object.h"
#include "engine/model.h"

namespace alice {

// Where tensors lie, as web/src/native.ts describes it.

/// TensorInfo of web/src/types.ts.
JsObject ToJs(const TensorInfo& info);
/// [NativeTensorLayout]
emscripten::val ToJs(const RowLayout& layout, const std::vector<TensorInfo>& tensors);
/// NativeTensorLayouts; empty without a model.
emscripten::val LayoutsToJs(const Model* model);
/// NativePlaces: where a session has its inputs and outputs, and the bytes of one sample.
emscripten::val PlacesToJs(const Session& session);

}  // namespace alice
