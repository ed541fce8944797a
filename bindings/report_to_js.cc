#include "bindings/report_to_js.h"

#include <emscripten/val.h>

#include "bindings/guard.h"
#include "kernels/gemm_u8s8s32/gemm_u8s8s32.h"

namespace alice {
namespace {

using alice::ToJs;
using emscripten::val;

val Number(std::size_t value) { return val(static_cast<double>(value)); }

val ToJsDim(const std::string& dim) {
  const bool is_number = !dim.empty() && dim.find_first_not_of("0123456789") == std::string::npos;
  const val text = ToJs(std::string_view(dim));
  return is_number ? val::global("Number")(text) : text;
}

val ToJs(const TensorInfo& info) {
  auto object = val::object();
  object.set("name", ToJs(info.name));
  object.set("dtype", ToJs(info.dtype));
  object.set("dims", ToJsArray(info.dims, ToJsDim));
  return object;
}

val ToJs(const LayerReport& layer) {
  auto dims = val::array();
  dims.call<void>("push", Number(layer.k));
  dims.call<void>("push", Number(layer.n));
  auto object = val::object();
  object.set("name", ToJs(layer.name));
  object.set("operator", ToJs(layer.op));
  object.set("dims", dims);
  object.set("scheme", ToJs(layer.scheme));
  object.set("bytesFp32", Number(layer.fp32_bytes));
  object.set("bytesInt8", Number(layer.int8_bytes));
  if (layer.input_range) {
    auto range = val::object();
    range.set("min", layer.input_range->min);
    range.set("max", layer.input_range->max);
    object.set("inputRange", range);
  }
  object.set("clipRate", layer.clip_rate);
  object.set("sqnrDb", layer.sqnr_db);
  object.set("cosine", layer.cosine);
  object.set("maxError", layer.max_error);
  if (layer.alone) {
    auto alone = val::object();
    alone.set("sqnrDb", layer.alone->sqnr_db);
    alone.set("cosine", layer.alone->cosine);
    alone.set("outputKl", layer.alone->output_kl);
    object.set("alone", alone);
  }
  return object;
}

val ToJs(const SearchStep& step) {
  auto object = val::object();
  object.set("floatLayers", ToJsArray(step.float_layers, [](const std::string& name) { return ToJs(name); }));
  object.set("cosineSimilarity", step.mean_cosine);
  object.set("worstCosineSimilarity", step.worst_cosine);
  object.set("top1Agreement", step.top1_agreement);
  object.set("accuracyDrop", step.accuracy_drop);
  object.set("accepted", step.is_good_enough);
  return object;
}

val ToJs(const RederivedFp32& rederived) {
  auto object = val::object();
  object.set("cosineSimilarity", rederived.outputs.mean_cosine);
  object.set("worstCosineSimilarity", rederived.outputs.worst_cosine);
  object.set("top1Agreement", rederived.outputs.top1_agreement);
  object.set("savedBytes", Number(rederived.saved_bytes));
  object.set("keptInferenceMs", rederived.kept_inference_ms);
  object.set("rederivedInferenceMs", rederived.rederived_inference_ms);
  return object;
}

double Ratio(double a, double b) { return b > 0.0 ? a / b : 1.0; }

}  // namespace

val ToJs(const ModelInfo& info) {
  const auto tensor = [](const TensorInfo& item) { return ToJs(item); };
  auto object = val::object();
  object.set("name", ToJs(info.name));
  object.set("opset", info.opset);
  object.set("inputs", ToJsArray(info.inputs, tensor));
  object.set("outputs", ToJsArray(info.outputs, tensor));
  object.set("parameters", Number(info.parameters));
  object.set("nodes", Number(info.nodes));
  object.set("quantizedLayers", Number(info.quantized_layers));
  object.set("staticLayers", Number(info.static_layers));
  object.set("classes", ToJsArray(info.classes, [](const std::string& name) { return ToJs(name); }));
  return object;
}

val ToJs(const RowLayout& layout, const std::vector<TensorInfo>& tensors) {
  return ToJsArray(layout.parts(), [&](const RowLayout::Part& part) {
    val object = ToJs(tensors[part.tensor]);
    object.set("offset", Number(part.offset));
    object.set("bytes", Number(part.bytes));
    return object;
  });
}

val ToJs(const QuantizationMetrics& metrics) {
  auto latency = val::object();
  latency.set("fp32Ms", metrics.fp32_inference_ms);
  latency.set("int8Ms", metrics.int8_inference_ms);
  latency.set("speedup", Ratio(metrics.fp32_inference_ms, metrics.int8_inference_ms));
  auto memory = val::object();
  memory.set("fp32MB", static_cast<double>(metrics.fp32_weight_bytes) / kBytesPerMB);
  memory.set("int8MB", static_cast<double>(metrics.int8_weight_bytes) / kBytesPerMB);
  memory.set("compressionRatio",
             Ratio(static_cast<double>(metrics.fp32_weight_bytes), static_cast<double>(metrics.int8_weight_bytes)));
  auto object = val::object();
  const OutputFigures& outputs = metrics.outputs;
  object.set("cosineSimilarity", outputs.mean_cosine);
  object.set("worstCosineSimilarity", outputs.worst_cosine);
  object.set("worstSample", Number(outputs.worst_sample));
  object.set("meanKl", outputs.mean_kl);
  object.set("sqnrDb", outputs.sqnr_db);
  object.set("accuracyDrop", outputs.accuracy_drop);
  object.set("top1Agreement", outputs.top1_agreement);
  if (outputs.fp32_accuracy) {
    auto accuracy = val::object();
    accuracy.set("fp32", *outputs.fp32_accuracy);
    accuracy.set("int8", *outputs.int8_accuracy);
    object.set("accuracy", accuracy);
  }
  object.set("samples", Number(outputs.samples));
  object.set("source", val(metrics.synthetic ? "synthetic" : "calibration"));
  object.set("quantizationLatencyMs", metrics.quantization_ms);
  object.set("inferenceLatency", latency);
  object.set("memoryUsage", memory);
  return object;
}

val ToJs(const QuantizationReport& report) {
  auto object = val::object();
  object.set("success", report.success);
  object.set("scheme", ToJs(report.scheme));
  object.set("originalSizeBytes", Number(report.original_bytes));
  object.set("quantizedSizeBytes", Number(report.quantized_bytes));
  object.set("metrics", ToJs(report.metrics));
  object.set("fallbackReason", ToJs(FallbackReasonName(report.fallback)));
  object.set("error", report.error ? ToJs(*report.error) : val::null());
  object.set("logs", ToJsArray(report.logs, [](const std::string& line) { return ToJs(line); }));
  object.set("layers", ToJsArray(report.layers, [](const LayerReport& layer) { return ToJs(layer); }));
  object.set("search", ToJsArray(report.search, [](const SearchStep& step) { return ToJs(step); }));
  if (report.rederived) object.set("rederived", ToJs(*report.rederived));
  return object;
}

val ToJs(const QuantizationResult& result) {
  const auto* bytes = reinterpret_cast<const unsigned char*>(result.int8_model.data());
  const val view(emscripten::typed_memory_view(result.int8_model.size(), bytes));
  auto object = val::object();
  object.set("int8Model", view.call<val>("slice"));
  object.set("report", ToJs(static_cast<const QuantizationReport&>(result)));
  return object;
}

val ToJs(const MemoryStatus& memory, std::size_t heap_bytes) {
  auto by_kind = val::object();
  auto planned_by_kind = val::object();
  for (std::size_t kind = 0; kind < kMemoryKinds; ++kind) {
    const val name = ToJs(MemoryKindName(static_cast<MemoryKind>(kind)));
    by_kind.set(name, Number(memory.by_kind[kind]));
    planned_by_kind.set(name, Number(static_cast<std::size_t>(memory.served.planned.bytes[kind])));
  }
  auto object = val::object();
  object.set("heapBytes", Number(heap_bytes));
  object.set("limitBytes", Number(memory.limit_bytes));
  object.set("heldBytes", Number(memory.held_bytes));
  object.set("peakBytes", Number(memory.peak_bytes));
  object.set("byKind", by_kind);
  object.set("plannedBytes", Number(static_cast<std::size_t>(memory.served.planned.Total())));
  object.set("plannedByKind", planned_by_kind);
  object.set("plannedArenaBytes", Number(memory.served.arena_bytes));
  object.set("int8WeightBytes", Number(memory.served.int8_weight_bytes));
  object.set("fp32WeightBytes", Number(memory.served.fp32_weight_bytes));
  return object;
}

namespace {

val ToJs(const PrecisionAcceleration& acceleration) {
  auto object = val::object();
  object.set("operators", static_cast<double>(acceleration.steps));
  object.set("allOperators", static_cast<double>(acceleration.all_steps));
  if (!acceleration.refusal.empty()) object.set("refusal", ToJs(acceleration.refusal));
  object.set("productsCompared", static_cast<double>(acceleration.check.products));
  object.set("sameIntegers", acceleration.check.same_integers);
  // What was never run is neither right nor wrong.
  if (acceleration.check.device_ms > 0.0) object.set("right", acceleration.check.is_right());
  object.set("largestDifference", acceleration.check.largest_difference);
  object.set("webglMs", acceleration.check.device_ms);
  object.set("wasmMs", acceleration.check.cpu_ms);
  return object;
}

val ToJs(const AccelerationReport& report) {
  auto object = val::object();
  object.set("renderer", ToJs(report.device));
  object.set("fp32", ToJs(report.fp32));
  if (report.int8) object.set("int8", ToJs(*report.int8));
  return object;
}

}  // namespace

val PlanToJs(const Session& session, Precision precision) {
  return ToJsArray(session.Plan(precision), [&](const PlanStretch& stretch) {
    auto object = val::object();
    object.set("onDevice", stretch.on_device);
    object.set("operators", ToJsArray(stretch.nodes, [&](std::size_t index) {
                 const Node& node = session.graph().nodes[index];
                 auto described = val::object();
                 described.set("name", ToJs(node.name));
                 described.set("operator", ToJs(InfoOf(node.kind).name));
                 return described;
               }));
    return object;
  });
}

val ToJs(const EngineStatus& status, const Engine& engine) {
  auto object = val::object();
  object.set("mode", val(status.mode == Precision::int8 ? "int8" : "fp32"));
  object.set("health", ToJs(HealthName(status.health)));
  object.set("fallbackReason", ToJs(FallbackReasonName(status.fallback)));
  object.set("fallbackAt", status.fallback_at_ms);
  object.set("probedAt", status.probed_at_ms);
  object.set("int8Count", static_cast<double>(status.int8_count));
  object.set("fp32Count", static_cast<double>(status.fp32_count));
  object.set("isa", ToJs(IsaName(status.isa)));
  object.set("isAccelerated", status.is_accelerated);
  object.set("accelerationError", ToJs(status.acceleration_error));
  const Model* const model = engine.model();
  const bool has_tried = model != nullptr && model->acceleration();
  object.set("acceleration", has_tried ? ToJs(*model->acceleration()) : val::null());
  object.set("int8Kernel", ToJs(status.int8_kernel));
  object.set("fp32Kernel", ToJs(status.fp32_kernel));
  // What was not asked for is not found out: it takes a moment.
  if (status.isa == Isa::relaxed && !status.int8_kernel.empty()) {
    const DotTrial& trial = RelaxedDotTrial();
    object.set("dotMeaning", ToJs(DotMeaningName(trial.meaning)));
    object.set("dotSpeedup", trial.speedup);
  }
  object.set("model", engine.model() != nullptr ? ToJs(engine.model()->info()) : val::null());
  object.set("metrics", engine.metrics() != nullptr ? ToJs(*engine.metrics()) : val::null());
  return object;
}

}  // namespace alice
