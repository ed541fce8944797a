#include "bindings/report_to_js.h"

#include <emscripten/val.h>

#include "bindings/guard.h"
#include "bindings/js_object.h"
#include "bindings/layout_to_js.h"
#include "kernels/gemm_u8s8s32/gemm_u8s8s32.h"

namespace alice {
namespace {

using alice::ToJs;
using emscripten::val;

val Number(std::size_t value) { return val(static_cast<double>(value)); }

val ToJs(const LayerReport& layer) {
  JsArray dims;
  dims.Push(Number(layer.k));
  dims.Push(Number(layer.n));
  JsObject object;
  object.Set("name", layer.name);
  object.Set("operator", layer.op);
  object.Set("dims", dims);
  object.Set("scheme", layer.scheme);
  object.Set("bytesFp32", layer.fp32_bytes);
  object.Set("bytesInt8", layer.int8_bytes);
  if (layer.input_range) {
    JsObject range;
    range.Set("min", layer.input_range->min);
    range.Set("max", layer.input_range->max);
    object.Set("inputRange", range);
  }
  object.Set("clipRate", layer.clip_rate);
  object.Set("sqnrDb", layer.sqnr_db);
  object.Set("cosine", layer.cosine);
  object.Set("maxError", layer.max_error);
  if (layer.alone) {
    JsObject alone;
    alone.Set("sqnrDb", layer.alone->sqnr_db);
    alone.Set("cosine", layer.alone->cosine);
    alone.Set("outputKl", layer.alone->output_kl);
    object.Set("alone", alone);
  }
  return object;
}

val ToJs(const SearchStep& step) {
  JsObject object;
  object.Set("floatLayers", ToJsArray(step.float_layers, [](const std::string& name) { return ToJs(name); }));
  object.Set("cosineSimilarity", step.mean_cosine);
  object.Set("worstCosineSimilarity", step.worst_cosine);
  object.Set("top1Agreement", step.top1_agreement);
  object.Set("accuracyDrop", step.accuracy_drop);
  object.Set("accepted", step.is_good_enough);
  return object;
}

val ToJs(const RederivedFp32& rederived) {
  JsObject object;
  object.Set("cosineSimilarity", rederived.outputs.mean_cosine);
  object.Set("worstCosineSimilarity", rederived.outputs.worst_cosine);
  object.Set("top1Agreement", rederived.outputs.top1_agreement);
  object.Set("savedBytes", rederived.saved_bytes);
  object.Set("keptInferenceMs", rederived.kept_inference_ms);
  object.Set("rederivedInferenceMs", rederived.rederived_inference_ms);
  return object;
}

double Ratio(double a, double b) { return b > 0.0 ? a / b : 1.0; }

}  // namespace

val ToJs(const ModelInfo& info) {
  const auto tensor = [](const TensorInfo& item) { return ToJs(item); };
  JsObject object;
  object.Set("name", info.name);
  object.Set("opset", info.opset);
  object.Set("inputs", ToJsArray(info.inputs, tensor));
  object.Set("outputs", ToJsArray(info.outputs, tensor));
  object.Set("parameters", info.parameters);
  object.Set("nodes", info.nodes);
  object.Set("quantizedLayers", info.quantized_layers);
  object.Set("staticLayers", info.static_layers);
  object.Set("classes", ToJsArray(info.classes, [](const std::string& name) { return ToJs(name); }));
  return object;
}

val ToJs(const Engine::JobProgress& progress) {
  JsObject object;
  object.Set("done", progress.done);
  object.Set("total", progress.total);
  object.Set("stage", QuantizeStageName(progress.stage));
  return object;
}

val ToJs(const QuantizationMetrics& metrics) {
  JsObject latency;
  latency.Set("fp32Ms", metrics.fp32_inference_ms);
  latency.Set("int8Ms", metrics.int8_inference_ms);
  latency.Set("speedup", Ratio(metrics.fp32_inference_ms, metrics.int8_inference_ms));
  JsObject memory;
  memory.Set("fp32MB", static_cast<double>(metrics.fp32_weight_bytes) / kBytesPerMB);
  memory.Set("int8MB", static_cast<double>(metrics.int8_weight_bytes) / kBytesPerMB);
  memory.Set("compressionRatio",
             Ratio(static_cast<double>(metrics.fp32_weight_bytes), static_cast<double>(metrics.int8_weight_bytes)));
  JsObject object;
  const OutputFigures& outputs = metrics.outputs;
  object.Set("cosineSimilarity", outputs.mean_cosine);
  object.Set("worstCosineSimilarity", outputs.worst_cosine);
  object.Set("worstSample", outputs.worst_sample);
  object.Set("meanKl", outputs.mean_kl);
  object.Set("sqnrDb", outputs.sqnr_db);
  object.Set("accuracyDrop", outputs.accuracy_drop);
  object.Set("top1Agreement", outputs.top1_agreement);
  if (outputs.fp32_accuracy) {
    JsObject accuracy;
    accuracy.Set("fp32", *outputs.fp32_accuracy);
    accuracy.Set("int8", *outputs.int8_accuracy);
    object.Set("accuracy", accuracy);
  }
  object.Set("samples", outputs.samples);
  object.Set("source", metrics.synthetic ? "synthetic" : "calibration");
  object.Set("quantizationLatencyMs", metrics.quantization_ms);
  object.Set("inferenceLatency", latency);
  object.Set("memoryUsage", memory);
  return object;
}

val ToJs(const QuantizationReport& report) {
  JsObject object;
  object.Set("success", report.success);
  object.Set("scheme", report.scheme);
  object.Set("originalSizeBytes", report.original_bytes);
  object.Set("quantizedSizeBytes", report.quantized_bytes);
  object.Set("metrics", ToJs(report.metrics));
  object.Set("fallbackReason", FallbackReasonName(report.fallback));
  object.Set("error", report.error ? ToJs(*report.error) : val::null());
  object.Set("logs", ToJsArray(report.logs, [](const std::string& line) { return ToJs(line); }));
  object.Set("layers", ToJsArray(report.layers, [](const LayerReport& layer) { return ToJs(layer); }));
  object.Set("search", ToJsArray(report.search, [](const SearchStep& step) { return ToJs(step); }));
  if (report.rederived) object.Set("rederived", ToJs(*report.rederived));
  return object;
}

val ToJs(const QuantizationResult& result) {
  const auto* bytes = reinterpret_cast<const unsigned char*>(result.int8_model.data());
  const val view(emscripten::typed_memory_view(result.int8_model.size(), bytes));
  JsObject object;
  object.Set("int8Model", view.call<val>("slice"));
  object.Set("report", ToJs(static_cast<const QuantizationReport&>(result)));
  return object;
}

val ToJs(const MemoryStatus& memory, std::size_t heap_bytes) {
  JsObject by_kind;
  JsObject planned_by_kind;
  for (std::size_t kind = 0; kind < kMemoryKinds; ++kind) {
    const val name = ToJs(MemoryKindName(static_cast<MemoryKind>(kind)));
    by_kind.set(name, Number(memory.by_kind[kind]));
    planned_by_kind.set(name, Number(static_cast<std::size_t>(memory.served.planned.bytes[kind])));
  }
  JsObject object;
  object.Set("heapBytes", heap_bytes);
  object.Set("limitBytes", memory.limit_bytes);
  object.Set("heldBytes", memory.held_bytes);
  object.Set("peakBytes", memory.peak_bytes);
  object.Set("byKind", by_kind);
  object.Set("plannedBytes", Number(static_cast<std::size_t>(memory.served.planned.Total())));
  object.Set("plannedByKind", planned_by_kind);
  object.Set("plannedArenaBytes", memory.served.arena_bytes);
  object.Set("int8WeightBytes", memory.served.int8_weight_bytes);
  object.Set("fp32WeightBytes", memory.served.fp32_weight_bytes);
  return object;
}

namespace {

val ToJs(const PrecisionAcceleration& acceleration) {
  JsObject object;
  object.Set("operators", acceleration.steps);
  object.Set("allOperators", acceleration.all_steps);
  if (!acceleration.refusal.empty()) object.Set("refusal", acceleration.refusal);
  object.Set("productsCompared", acceleration.check.products);
  object.Set("sameIntegers", acceleration.check.same_integers);
  // What was never run is neither right nor wrong.
  if (acceleration.check.device_ms > 0.0) object.Set("right", acceleration.check.is_right());
  object.Set("largestDifference", acceleration.check.largest_difference);
  object.Set("webglMs", acceleration.check.device_ms);
  object.Set("wasmMs", acceleration.check.cpu_ms);
  return object;
}

val ToJs(const AccelerationReport& report) {
  JsObject object;
  object.Set("renderer", report.device);
  object.Set("fp32", ToJs(report.fp32));
  if (report.int8) object.Set("int8", ToJs(*report.int8));
  return object;
}

}  // namespace

val PlanToJs(const Session& session, Precision precision) {
  return ToJsArray(session.Plan(precision), [&](const PlanStretch& stretch) {
    JsObject object;
    object.Set("onDevice", stretch.on_device);
    object.Set("operators", ToJsArray(stretch.nodes, [&](std::size_t index) {
                 const Node& node = session.graph().nodes[index];
                 JsObject described;
                 described.Set("name", node.name);
                 described.Set("operator", InfoOf(node.kind).name);
                 return described;
               }));
    return object;
  });
}

val ToJs(const EngineStatus& status, const Engine& engine) {
  JsObject object;
  object.Set("mode", status.mode == Precision::int8 ? "int8" : "fp32");
  object.Set("health", HealthName(status.health));
  object.Set("fallbackReason", FallbackReasonName(status.fallback));
  object.Set("fallbackAt", status.fallback_at_ms);
  object.Set("probedAt", status.probed_at_ms);
  object.Set("int8Count", status.int8_count);
  object.Set("fp32Count", status.fp32_count);
  object.Set("isa", IsaName(status.isa));
  object.Set("isAccelerated", status.is_accelerated);
  object.Set("accelerationError", status.acceleration_error);
  const Model* const model = engine.model();
  const bool has_tried = model != nullptr && model->acceleration();
  object.Set("acceleration", has_tried ? ToJs(*model->acceleration()) : val::null());
  object.Set("int8Kernel", status.int8_kernel);
  object.Set("fp32Kernel", status.fp32_kernel);
  // What was not asked for is not found out: it takes a moment.
  if (status.isa == Isa::relaxed && !status.int8_kernel.empty()) {
    const DotTrial& trial = RelaxedDotTrial();
    object.Set("dotMeaning", DotMeaningName(trial.meaning));
    object.Set("dotSpeedup", trial.speedup);
  }
  object.Set("model", engine.model() != nullptr ? ToJs(engine.model()->info()) : val::null());
  return object;
}

}  // namespace alice
