// A classifier under supervision, for the tests that watch what its engine does.
#pragma once

#include <limits>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/engine.h"
#include "quantized_engine.h"

namespace alice {

inline constexpr double kInfinity = std::numeric_limits<double>::infinity();

/// A clock that stands still but for `tick_ms` at every look.
class DrivenClock final : public Clock {
 public:
  [[nodiscard]] double NowMs() const override { return now_ms += tick_ms; }
  [[nodiscard]] double WallMs() const override { return 1.0e12 + now_ms; }

  mutable double now_ms = 1000.0;
  double tick_ms = 0.0;
};

using Settings = std::vector<std::pair<std::string_view, OptionValue>>;

/// A classifier in INT8 with trajectories to ask it, and what it tells.
struct Watched {
  DrivenClock clock;
  Engine engine{BestIsa(), clock};
  Trajectories set{240, 1};
  std::vector<EngineEvent> events;
  std::size_t asked = 0;

  explicit Watched(const Settings& settings = {}, const std::string& model = "behavior-classifier") {
    REQUIRE(engine.SetOption("maxLatencyMs", kInfinity).ok());
    for (const auto& [name, value] : settings) REQUIRE(engine.SetOption(name, value).ok());
    REQUIRE(Quantize(engine, ReadModel(model), &set).ok());
    REQUIRE(engine.GetStatus().mode == Precision::int8);
    engine.ClearEvents();
  }

  [[nodiscard]] const float* NextRow() { return set.rows.data() + asked++ % set.labels.size() * kFeatureCount; }

  Answer Ask() {
    const auto answer = Infer(engine, NextRow());
    REQUIRE(answer.ok());
    Take();
    return *answer;
  }
  /// The precisions of the next answers: '8' or 'f'.
  std::string Ask(std::size_t count) {
    std::string seen;
    for (std::size_t i = 0; i < count; ++i) seen += Ask().precision == Precision::int8 ? '8' : 'f';
    return seen;
  }
  void Take() {
    const EventQueue& queue = engine.supervisor().events();
    for (std::size_t i = 0; i < queue.count(); ++i) events.push_back(queue[i]);
    engine.ClearEvents();
  }
  [[nodiscard]] std::vector<EngineEvent> Of(EngineEvent::Kind kind) const {
    std::vector<EngineEvent> found;
    for (const EngineEvent& event : events) {
      if (event.kind == kind) found.push_back(event);
    }
    return found;
  }
  [[nodiscard]] std::uint64_t FallbacksFor(FallbackReason reason) const {
    return engine.supervisor().counts().fallbacks[static_cast<std::size_t>(reason)];
  }
};

inline std::string Repeat(const std::string& text, std::size_t times) {
  std::string all;
  for (std::size_t i = 0; i < times; ++i) all += text;
  return all;
}

inline std::string FirstQuantizedLayer(const Engine& engine) {
  for (const Node& node : engine.model()->session().graph().nodes) {
    if (node.quantized) return node.name;
  }
  return "";
}

using Kind = EngineEvent::Kind;

}  // namespace alice
