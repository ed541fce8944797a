#pragma once

#include <emscripten/val.h>

#include "engine/engine.h"

namespace alice {

// The objects that web/src/types.ts and native.ts describe. Making them takes no memory of the heap.
emscripten::val ToJs(const ModelInfo& info);
emscripten::val ToJs(const Engine::JobProgress& progress);
emscripten::val ToJs(const QuantizationMetrics& metrics);
emscripten::val ToJs(const QuantizationReport& report);
emscripten::val ToJs(const QuantizationResult& result);
emscripten::val ToJs(const MemoryStatus& memory, std::size_t heap_bytes);
emscripten::val ToJs(const EngineStatus& status, const Engine& engine);
emscripten::val ToJs(const Supervisor& supervisor);
/// Session::Plan: [{ onDevice, operators: [{ name, operator }] }].
emscripten::val PlanToJs(const Session& session, Precision precision);
emscripten::val ToJs(const EventQueue& events);

}  // namespace alice
