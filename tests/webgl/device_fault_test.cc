// A GPU that is wrong on purpose: the trial finds it, and where it becomes wrong later, the monitor does.
#include <catch2/catch.hpp>

#include "backends/webgl/webgl_accelerator.h"
#include "engine/quantized_engine.h"

namespace alice {
namespace {

/// An engine that no clock lets fall back.
struct PatientEngine : Engine {
  explicit PatientEngine(AcceleratorFactory make_accelerator = nullptr)
      : Engine(BestIsa(), SystemClock(), make_accelerator) {
    for (const char* const limit : {"maxLatencyMs", "maxInferenceMs"}) {
      REQUIRE(SetOption(limit, std::numeric_limits<double>::infinity()).ok());
    }
  }
};

struct WebglEngine : PatientEngine {
  WebglEngine() : PatientEngine(CreateWebglAccelerator) {
    REQUIRE(SetOption("backend", std::string_view("webgl")).ok());
  }
};

const Trajectories& Samples() {
  static const Trajectories samples(60, 4000);
  return samples;
}

void QuantizeOn(Engine& engine) { REQUIRE(Quantize(engine, ReadModel("behavior-classifier"), &Samples()).ok()); }

const float* Row(std::size_t row) { return Samples().rows.data() + row * kFeatureCount; }

TEST_CASE("a GPU that is wrong when it is tried is not chosen", "[webgl]") {
  PatientEngine cpu;
  QuantizeOn(cpu);
  const struct {
    DeviceFault fault;
    bool same_integers;
    std::string_view refusal;
  } cases[] = {{DeviceFault::sum, false, "integers"},
               {DeviceFault::element, true, "off by"},
               {DeviceFault::sign, true, "off by"}};
  for (const auto& at : cases) {
    INFO(at.refusal << static_cast<int>(at.fault));
    WebglEngine engine;
    engine.SetDeviceFault(at.fault);
    QuantizeOn(engine);
    const AccelerationReport& report = *engine.model()->acceleration();
    REQUIRE(report.int8);
    CHECK(report.int8->check.same_integers == at.same_integers);
    CHECK(report.int8->refusal.find(at.refusal) != std::string::npos);
    CHECK(report.int8->steps == 0);
    // FP32 shows no integers, in which the fault could be.
    const bool has_fp32 = at.fault == DeviceFault::sum;
    CHECK(report.fp32.refusal.empty() == has_fp32);
    CHECK(engine.GetStatus().is_accelerated == has_fp32);
    for (std::size_t row = 0; row < 30; ++row) CHECK(InferRow(engine, Row(row)) == InferRow(cpu, Row(row)));
  }
}

TEST_CASE("a GPU that becomes wrong later is found by a look at the CPU's answer, and not used any more", "[webgl]") {
  PatientEngine cpu;
  QuantizeOn(cpu);
  for (const bool in_fp32 : {false, true}) {
    for (const DeviceFault fault : {DeviceFault::element, DeviceFault::sign}) {
      INFO(static_cast<int>(fault) << (in_fp32 ? " FP32" : " INT8"));
      WebglEngine engine;
      engine.SetDeviceFault(DeviceFault::none);
      QuantizeOn(engine);
      REQUIRE(engine.ForceFallback(in_fp32).ok());
      REQUIRE(cpu.ForceFallback(in_fp32).ok());
      REQUIRE(engine.GetStatus().is_accelerated);
      engine.ClearEvents();
      engine.SetDeviceFault(fault);
      const std::size_t interval = 10 * ServedModel::kMonitoredPerSpotCheck;
      std::size_t wrong = 0;
      for (std::size_t i = 0; i < 2 * interval; ++i) {
        const float* const row = Row(i % 60);
        const bool is_right = InferRow(engine, row) == InferRow(cpu, row);
        wrong += is_right ? 0 : 1;
        if (i >= interval) CHECK(is_right);
      }
      CHECK(wrong > 0);
      const EngineStatus status = engine.GetStatus();
      CHECK_FALSE(status.is_accelerated);
      CHECK(status.acceleration_error.find("otherwise") != std::string_view::npos);
      const EventQueue& events = engine.supervisor().events();
      std::size_t told = 0;
      for (std::size_t i = 0; i < events.count(); ++i) {
        if (events[i].kind == EngineEvent::Kind::backend && !events[i].recovers) ++told;
      }
      CHECK(told == 1);
    }
  }
}

}  // namespace
}  // namespace alice
