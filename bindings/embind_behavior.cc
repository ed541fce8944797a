#include <algorithm>
#include <emscripten/bind.h>
#include <emscripten/val.h>
#include <memory>
#include <string>
#include <vector>

#include "behavior/feature_window.h"
#include "behavior/features12.h"
#include "behavior/trajectory_generator.h"
#include "bindings/guard.h"
#include "bindings/js_object.h"

namespace alice {
namespace {

using emscripten::typed_memory_view;
using emscripten::val;

/// x, y, t of each point in turn.
constexpr std::size_t kValuesPerPoint = 3;

val FeaturesToJs(const Features12& features) {
  return val(typed_memory_view(features.values.size(), features.values.data())).call<val>("slice");
}

val NativeExtractFeatures(const val& coordinates) {
  return Guard([&]() -> Result<val> {
    const auto values = emscripten::convertJSArrayToNumberVector<double>(coordinates);
    std::vector<Point> points(values.size() / kValuesPerPoint);
    for (std::size_t i = 0; i < points.size(); ++i) {
      const double* at = values.data() + i * kValuesPerPoint;
      points[i] = {at[0], at[1], at[2]};
    }
    ALICE_ASSIGN_OR_RETURN(const Features12 features, ExtractFeatures(points));
    JsObject object;
    object.Set("features", FeaturesToJs(features));
    object.Set("insufficient", features.insufficient);
    return object;
  });
}

val NativeGenerateTrajectory(unsigned behavior, double seed, const val& split_name) {
  return Guard([&]() -> Result<val> {
    if (behavior >= kBehaviorClassCount) {
      return MakeError(ErrorCode::argument_invalid, "there is no behaviour class number ", behavior);
    }
    GeneratorOptions options;
    const std::string split = TextOf(split_name);
    if (split == "train") options.split = ParameterSplit::train;
    if (split == "test") options.split = ParameterSplit::test;
    const auto points =
        GenerateTrajectory(static_cast<BehaviorClass>(behavior), static_cast<std::uint64_t>(seed), options);
    std::vector<double> values;
    values.reserve(points.size() * kValuesPerPoint);
    for (const Point& point : points) values.insert(values.end(), {point.x_px, point.y_px, point.t_ms});
    return val(typed_memory_view(values.size(), values.data())).call<val>("slice");
  });
}

/// The embind class: `NativeFeatureWindow` of web/src/native.ts says what each method takes and gives.
class NativeFeatureWindow {
 public:
  explicit NativeFeatureWindow(double window_ms) : window_(window_ms) {}
  static val Create(double window_ms) {
    return Guard([&]() -> Result<val> { return val(std::make_unique<NativeFeatureWindow>(window_ms)); });
  }

  val Push(double x, double y, double t) {
    return Guard([&]() -> Result<val> {
      ALICE_RETURN_IF_ERROR(window_.Push({x, y, t}));
      Show();
      return val::null();
    });
  }
  void Advance(double now_ms) {
    window_.Advance(now_ms);
    Show();
  }
  void Clear() {
    window_.Clear();
    Show();
  }
  [[nodiscard]] std::size_t Size() const { return window_.points().size(); }
  [[nodiscard]] std::size_t HeldPointer() const { return reinterpret_cast<std::size_t>(&held_); }
  [[nodiscard]] std::size_t FeaturesPointer() const { return reinterpret_cast<std::size_t>(features_.values.data()); }
  bool Extract() {
    features_ = window_.Extract();
    return !features_.insufficient;
  }

 private:
  void Show() { held_ = {reinterpret_cast<std::size_t>(window_.points().data()), window_.points().size()}; }

  FeatureWindow window_;
  /// The window's points, where JavaScript finds them once this instance of the module has ended.
  struct {
    std::size_t address = 0;
    std::size_t count = 0;
  } held_;
  Features12 features_;
};

EMSCRIPTEN_BINDINGS(alice_behavior) {
  emscripten::function("extractFeatures", &NativeExtractFeatures);
  emscripten::function("generateTrajectory", &NativeGenerateTrajectory);
  emscripten::class_<NativeFeatureWindow>("FeatureWindow")
      .class_function("create", &NativeFeatureWindow::Create)
      .function("push", &NativeFeatureWindow::Push)
      .function("advance", &NativeFeatureWindow::Advance)
      .function("clear", &NativeFeatureWindow::Clear)
      .function("size", &NativeFeatureWindow::Size)
      .function("heldPointer", &NativeFeatureWindow::HeldPointer)
      .function("featuresPointer", &NativeFeatureWindow::FeaturesPointer)
      .function("extract", &NativeFeatureWindow::Extract);
}

}  // namespace
}  // namespace alice
