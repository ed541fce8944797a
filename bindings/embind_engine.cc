#include <cstddef>
#include <cstdint>
#include <emscripten/bind.h>
#include <emscripten/heap.h>
#include <emscripten/val.h>
#include <memory>
#include <string>
#include <vector>

#include "bindings/accelerator.h"
#include "bindings/guard.h"
#include "bindings/js_object.h"
#include "bindings/layout_to_js.h"
#include "bindings/quantized_nodes.h"
#include "bindings/remote_accelerator.h"
#include "bindings/report_to_js.h"
#include "engine/engine.h"

#ifdef ALICE_THREADS
#include "bindings/threads.h"
#endif

namespace alice {
namespace {

using emscripten::typed_memory_view;
using emscripten::val;

template <typename T>
val ViewOf(std::span<T> span) {
  return val(typed_memory_view(span.size(), span.data()));
}

Result<OptionValue> ToOption(const val& value, std::string& word) {
  if (value.isNumber()) return OptionValue(value.as<double>());
  if (value.isTrue() || value.isFalse()) return OptionValue(value.isTrue());
  word = TextOf(value.isString() ? value : value.typeOf());
  return OptionValue(std::string_view(word));
}

/// The embind class: `NativeEngine` of web/src/native.ts says what each method takes and gives.
class NativeEngine {
 public:
  static val Create() {
    return Guard([&]() -> Result<val> { return val(std::make_unique<NativeEngine>()); });
  }

  val SetOption(const val& option_name, const val& value) {
    return Guard([&]() -> Result<val> {
      const std::string name = TextOf(option_name);
      std::string word;
      ALICE_ASSIGN_OR_RETURN(const OptionValue option, ToOption(value, word));
      ALICE_RETURN_IF_ERROR(engine_.SetOption(name, option));
      return val::null();
    });
  }

  val StageModel(double bytes) {
    return Guard([&]() -> Result<val> {
      ALICE_ASSIGN_OR_RETURN(const std::span<std::byte> room, engine_.StageModel(static_cast<std::size_t>(bytes)));
      return ViewOf(std::span(reinterpret_cast<unsigned char*>(room.data()), room.size()));
    });
  }

  val StageShape(const val& input, const val& dims) {
    return Guard([&]() -> Result<val> {
      std::vector<std::int64_t> sizes;
      for (const double dim : emscripten::convertJSArrayToNumberVector<double>(dims)) {
        sizes.push_back(static_cast<std::int64_t>(dim));
      }
      ALICE_RETURN_IF_ERROR(engine_.StageShape(TextOf(input), sizes));
      return val::null();
    });
  }

  val DescribeStaged() {
    return Guard([&]() -> Result<val> {
      ALICE_ASSIGN_OR_RETURN(const ModelInfo info, engine_.DescribeStaged());
      return ToJs(info);
    });
  }

  val StagedInputs() {
    return Guard([&]() -> Result<val> {
      ALICE_ASSIGN_OR_RETURN(const Engine::StagedRows staged, engine_.ReadStagedInputs());
      return ToJs(staged.layout, staged.inputs);
    });
  }

  val StageCalibration(double rows, double width) {
    return Guard([&]() -> Result<val> {
      ALICE_ASSIGN_OR_RETURN(const Engine::CalibrationRoom room,
                             engine_.StageCalibration(static_cast<std::size_t>(rows), static_cast<std::size_t>(width)));
      JsObject views;
      views.Set("rows", ViewOf(room.values));
      views.Set("labels", ViewOf(room.labels));
      return views;
    });
  }

  val BeginQuantize(bool is_behavior_set) {
    return Guard([&]() -> Result<val> {
      ALICE_ASSIGN_OR_RETURN(const std::size_t total, engine_.BeginQuantize(is_behavior_set));
      return ToJs(Engine::JobProgress{0, total});
    });
  }

  val StepQuantize(double rows) {
    return Guard([&]() -> Result<val> {
      ALICE_ASSIGN_OR_RETURN(const Engine::JobProgress progress, engine_.StepQuantize(static_cast<std::size_t>(rows)));
      return ToJs(progress);
    });
  }

  val FinishQuantize(double elapsed_ms) {
    return Guard([&]() -> Result<val> {
      ALICE_ASSIGN_OR_RETURN(const QuantizationResult result, engine_.FinishQuantize(elapsed_ms));
      return ToJs(result);
    });
  }

  void CancelQuantize() { engine_.CancelQuantize(); }

  val Load() {
    return Guard([&]() -> Result<val> {
      ALICE_RETURN_IF_ERROR(engine_.Load());
      return ToJs(engine_.model()->info());
    });
  }

  void Unload() { engine_.Unload(); }

  val AddPlan() {
    return Guard([&]() -> Result<val> {
      ALICE_ASSIGN_OR_RETURN(const std::size_t plan, engine_.AddPlan());
      return val(plan);
    });
  }
  void UsePlan(std::size_t plan) { engine_.UsePlan(plan); }
  void DropPlan(std::size_t plan) { engine_.DropPlan(plan); }

  [[nodiscard]] std::size_t InputPointer() const { return reinterpret_cast<std::size_t>(engine_.input().data()); }
  [[nodiscard]] std::size_t InputWidth() const { return engine_.input().size(); }
  [[nodiscard]] std::size_t OutputPointer() const { return reinterpret_cast<std::size_t>(engine_.output().data()); }
  [[nodiscard]] std::size_t OutputWidth() const { return engine_.output().size(); }

  /// The tensors of a row (RowLayout): `tensorLayouts` of web/src/native.ts.
  [[nodiscard]] val TensorLayouts() const { return LayoutsToJs(engine_.model()); }

  bool Infer() {
    const auto fail = [this](val error) {
      last_error_ = std::move(error);
      return false;
    };
    return Catching(
        [&] {
          auto answer = engine_.Infer();
          if (!answer.ok()) return fail(ToJs(answer.error()));
          latest_ = {*answer, static_cast<std::uint32_t>(engine_.supervisor().events().count())};
          return true;
        },
        fail);
  }
  /// What alice_infer is called with.
  [[nodiscard]] std::size_t Address() const { return reinterpret_cast<std::size_t>(this); }
  [[nodiscard]] std::size_t AnswerPointer() const { return reinterpret_cast<std::size_t>(&latest_); }
  [[nodiscard]] val LastError() const { return last_error_; }

  val StageBatch(double rows) {
    return Guard([&]() -> Result<val> {
      ALICE_ASSIGN_OR_RETURN(const std::size_t batch, engine_.StageBatch(static_cast<std::size_t>(rows)));
      return val(static_cast<double>(batch));
    });
  }
  [[nodiscard]] val BatchInputs(std::size_t batch) const { return ViewOf(engine_.batch(batch)->inputs); }
  [[nodiscard]] val BatchOutputs(std::size_t batch) const { return ViewOf(engine_.batch(batch)->outputs); }
  [[nodiscard]] std::size_t BatchAnswersPointer(std::size_t batch) const {
    return reinterpret_cast<std::size_t>(engine_.batch(batch)->answers.data());
  }

  val InferBatch(std::size_t batch, std::size_t first, std::size_t end) {
    return Guard([&]() -> Result<val> {
      ALICE_ASSIGN_OR_RETURN(const std::size_t rows, engine_.InferBatch(batch, first, end));
      return val(static_cast<double>(rows));
    });
  }
  void EndBatch(std::size_t batch) { engine_.EndBatch(batch); }

  val Rehearse() {
    return Guard([&]() -> Result<val> {
      ALICE_RETURN_IF_ERROR(engine_.Rehearse());
      return val::null();
    });
  }
  val Compare() {
    return Guard([&]() -> Result<val> {
      ALICE_ASSIGN_OR_RETURN(const Comparison comparison, engine_.Compare());
      JsObject object;
      object.Set("fp32", ViewOf(comparison.fp32));
      object.Set("int8", ViewOf(comparison.int8));
      object.Set("similarity", comparison.similarity);
      object.Set("maxProbDiff", comparison.max_difference);
      object.Set("fp32Ms", comparison.fp32_ms);
      object.Set("int8Ms", comparison.int8_ms);
      return object;
    });
  }

  val ForceFallback(bool use_fp32) {
    return Guard([&]() -> Result<val> {
      ALICE_RETURN_IF_ERROR(engine_.ForceFallback(use_fp32));
      return val::null();
    });
  }

  [[nodiscard]] val Metrics() const { return ToJs(engine_.supervisor()); }
  val TakeEvents() {
    val events = ToJs(engine_.supervisor().events());
    engine_.ClearEvents();
    return events;
  }
  [[nodiscard]] val Failure() const { return ToJs(engine_.supervisor().failure()); }

  // Faults, for alice-quant/testing.
  val CorruptWeights(const val& layer, double every) {
    return Injected(
        [&](Faults& faults) { return faults.CorruptWeights(TextOf(layer), static_cast<std::size_t>(every)); });
  }
  val SkewInput(const val& layer, double factor) {
    return Injected([&](Faults& faults) { return faults.SkewInput(TextOf(layer), factor); });
  }
  val SlowDown(double ms) {
    return Injected([&](Faults& faults) {
      faults.SlowDown(ms);
      return alice::Status();
    });
  }
  val ThrowInKernel(double runs) {
    return Injected([&](Faults& faults) {
      faults.Throw(static_cast<std::size_t>(runs));
      return alice::Status();
    });
  }

  val TrapInKernel() {
    return Injected([](Faults& faults) {
      faults.Trap();
      return alice::Status();
    });
  }

  val IntegersOf(const val& layer) {
    return Guard([&]() -> Result<val> {
      ALICE_ASSIGN_OR_RETURN(const LayerIntegers integers, engine_.IntegersOf(TextOf(layer)));
      JsObject object;
      object.Set("codes", ViewOf(std::span(integers.codes())).call<val>("slice"));
      object.Set("accumulators", ViewOf(std::span(integers.accumulators())).call<val>("slice"));
      object.Set("byGpu", integers.by_device());
      return object;
    });
  }

  // For alice-quant/testing, too.
  void LoseDevice() {
    if (engine_.accelerator() != nullptr) engine_.accelerator()->Lose();
  }
  void RestoreDevice() {
    if (engine_.accelerator() != nullptr) engine_.accelerator()->Restore();
  }
  val SetDeviceFault(const val& name) {
    return Guard([&]() -> Result<val> {
      const std::optional<DeviceFault> fault = DeviceFaultOf(TextOf(name));
      if (!fault) return MakeError(ErrorCode::argument_invalid, "a device has no fault \"", TextOf(name), "\"");
      engine_.SetDeviceFault(*fault);
      return val::null();
    });
  }

  // One model on two modules: this one has it in service, or has the device.
  val UseDevice(const val& device, double rows) {
    return Guard([&]() -> Result<val> {
      ALICE_RETURN_IF_ERROR(engine_.UseDevice(MakeRemoteAccelerator(device), static_cast<std::size_t>(rows)));
      return val::null();
    });
  }
  void DropDevice() { engine_.DropDevice(); }
  val MeasureEffort(double rows) {
    return Guard([&]() -> Result<val> {
      ALICE_ASSIGN_OR_RETURN(const Engine::Effort effort, engine_.MeasureEffort(static_cast<std::size_t>(rows)));
      JsObject object;
      object.Set("ms", effort.ms);
      object.Set("multiplyAdds", effort.multiply_adds);
      return object;
    });
  }
  [[nodiscard]] val Plan(bool is_int8) const {
    return engine_.model() == nullptr
               ? JsArray()
               : PlanToJs(engine_.model()->session(), is_int8 ? Precision::int8 : Precision::fp32);
  }
  [[nodiscard]] val QuantizedNodes() const {
    return engine_.model() == nullptr ? JsArray() : QuantizedNodesToJs(engine_.model()->session().graph());
  }
  val LoadQuantized(const val& nodes, bool keeps_floats) {
    return Guard([&]() -> Result<val> {
      const FloatWeights float_weights = keeps_floats ? FloatWeights::kept : FloatWeights::decoded;
      ALICE_RETURN_IF_ERROR(engine_.LoadQuantized(QuantizedNodesOf(nodes), float_weights));
      return val::null();
    });
  }
  val Resume(const val& fallback_reason, double fallback_at_ms, bool is_warned, bool is_held) {
    return Guard([&]() -> Result<val> {
      const auto reason = FallbackReasonOf(TextOf(fallback_reason)).value_or(FallbackReason::none);
      ALICE_RETURN_IF_ERROR(engine_.Resume(
          {.fallback = reason, .fallback_at_ms = fallback_at_ms, .is_warned = is_warned, .is_held = is_held}));
      return val::null();
    });
  }
  val PlanOnDevice(double samples) {
    return Guard([&]() -> Result<val> {
      ALICE_RETURN_IF_ERROR(engine_.PlanOnDevice(static_cast<std::size_t>(samples)));
      return PlacesToJs(engine_.model()->session());
    });
  }
  val RunOnDevice(bool is_int8, double samples) {
    return Guard([&]() -> Result<val> {
      const Precision precision = is_int8 ? Precision::int8 : Precision::fp32;
      ALICE_RETURN_IF_ERROR(engine_.RunOnDevice(precision, static_cast<std::size_t>(samples)));
      return val::null();
    });
  }

#ifdef ALICE_THREADS
  val IsWorthSharing() {
    return Guard([&]() -> Result<val> {
      ALICE_ASSIGN_OR_RETURN(const bool is_worth_it, engine_.IsWorthSharing());
      return val(is_worth_it);
    });
  }
  val Share(std::size_t threads) {
    return Guard([&]() -> Result<val> {
      ALICE_ASSIGN_OR_RETURN(const SharingReport report, engine_.Share(TeamOfModule(), threads));
      JsObject object;
      object.Set("threads", report.threads);
      object.Set("aloneMs", report.alone_ms);
      object.Set("sharedMs", report.shared_ms);
      object.Set("refusal", report.refusal);
      return object;
    });
  }
#endif

  [[nodiscard]] val Status() const { return ToJs(engine_.GetStatus(), engine_); }
  [[nodiscard]] val Memory() const { return ToJs(engine_.GetMemory(), emscripten_get_heap_size()); }

 private:
  template <typename Inject>
  val Injected(const Inject& inject) {
    return Guard([&]() -> Result<val> {
      Faults* faults = engine_.faults();
      if (faults == nullptr) return MakeError(ErrorCode::no_model, "there is no model to inject a fault into");
      ALICE_RETURN_IF_ERROR(inject(*faults));
      return val::null();
    });
  }

  /// What an inference says besides the output row, where JavaScript reads it without a call.
  struct Latest {
    Answer answer;
    std::uint32_t pending_events = 0;
  };
  // The places that web/src/answer-records.ts knows.
  static_assert(sizeof(Answer) == 16 && offsetof(Answer, class_index) == 0 && offsetof(Answer, similarity) == 4 &&
                offsetof(Answer, latency_ms) == 8 && offsetof(Answer, precision) == 12 &&
                Precision::int8 == Precision{1});
  static_assert(offsetof(Latest, pending_events) == sizeof(Answer));

  Engine engine_{BestIsa(), SystemClock(), AcceleratorOfModule()};
  val last_error_;
  Latest latest_;
};

EMSCRIPTEN_BINDINGS(alice_engine) {
  emscripten::class_<NativeEngine>("AliceQuantizationEngine")
      .class_function("create", &NativeEngine::Create)
      .function("setOption", &NativeEngine::SetOption)
      .function("stageModel", &NativeEngine::StageModel)
      .function("stageShape", &NativeEngine::StageShape)
      .function("describeStaged", &NativeEngine::DescribeStaged)
      .function("stagedInputs", &NativeEngine::StagedInputs)
      .function("stageCalibration", &NativeEngine::StageCalibration)
      .function("beginQuantize", &NativeEngine::BeginQuantize)
      .function("stepQuantize", &NativeEngine::StepQuantize)
      .function("finishQuantize", &NativeEngine::FinishQuantize)
      .function("cancelQuantize", &NativeEngine::CancelQuantize)
      .function("load", &NativeEngine::Load)
      .function("unload", &NativeEngine::Unload)
      .function("addPlan", &NativeEngine::AddPlan)
      .function("usePlan", &NativeEngine::UsePlan)
      .function("dropPlan", &NativeEngine::DropPlan)
      .function("inputPointer", &NativeEngine::InputPointer)
      .function("inputWidth", &NativeEngine::InputWidth)
      .function("outputPointer", &NativeEngine::OutputPointer)
      .function("outputWidth", &NativeEngine::OutputWidth)
      .function("tensorLayouts", &NativeEngine::TensorLayouts)
      .function("address", &NativeEngine::Address)
      .function("answerPointer", &NativeEngine::AnswerPointer)
      .function("lastError", &NativeEngine::LastError)
      .function("stageBatch", &NativeEngine::StageBatch)
      .function("batchInputs", &NativeEngine::BatchInputs)
      .function("inferBatch", &NativeEngine::InferBatch)
      .function("batchOutputs", &NativeEngine::BatchOutputs)
      .function("batchAnswersPointer", &NativeEngine::BatchAnswersPointer)
      .function("endBatch", &NativeEngine::EndBatch)
      .function("compare", &NativeEngine::Compare)
      .function("rehearse", &NativeEngine::Rehearse)
      .function("forceFallback", &NativeEngine::ForceFallback)
      .function("metrics", &NativeEngine::Metrics)
      .function("takeEvents", &NativeEngine::TakeEvents)
      .function("failure", &NativeEngine::Failure)
      .function("corruptWeights", &NativeEngine::CorruptWeights)
      .function("skewInput", &NativeEngine::SkewInput)
      .function("slowDown", &NativeEngine::SlowDown)
      .function("throwInKernel", &NativeEngine::ThrowInKernel)
      .function("trapInKernel", &NativeEngine::TrapInKernel)
      .function("integersOf", &NativeEngine::IntegersOf)
      .function("loseDevice", &NativeEngine::LoseDevice)
      .function("restoreDevice", &NativeEngine::RestoreDevice)
#ifdef ALICE_THREADS
      .function("isWorthSharing", &NativeEngine::IsWorthSharing)
      .function("share", &NativeEngine::Share)
#endif
      .function("setDeviceFault", &NativeEngine::SetDeviceFault)
      .function("useDevice", &NativeEngine::UseDevice)
      .function("dropDevice", &NativeEngine::DropDevice)
      .function("measureEffort", &NativeEngine::MeasureEffort)
      .function("plan", &NativeEngine::Plan)
      .function("quantizedNodes", &NativeEngine::QuantizedNodes)
      .function("loadQuantized", &NativeEngine::LoadQuantized)
      .function("resume", &NativeEngine::Resume)
      .function("planOnDevice", &NativeEngine::PlanOnDevice)
      .function("runOnDevice", &NativeEngine::RunOnDevice)
      .function("status", &NativeEngine::Status)
      .function("memory", &NativeEngine::Memory);
}

}  // namespace

/// `NativeModule._alice_infer` of web/src/native.ts: an export, because embind's way into a method costs more than a small
/// inference.
// NOLINTNEXTLINE(readability-identifier-naming): exports have names of C.
extern "C" EMSCRIPTEN_KEEPALIVE bool alice_infer(void* engine) { return static_cast<NativeEngine*>(engine)->Infer(); }

}  // namespace alice
