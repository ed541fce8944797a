#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "base/result.h"
#include "monitor/quality_monitor.h"
#include "numeric/scheme.h"
#include "quant/layer_policy.h"
#include "quant/observers/calibrator_kind.h"
#include "quant/observers/observer_options.h"
#include "quant/weights/calibrate_weights.h"

namespace alice {

/// The number of `word` in a list of words such as "auto, wasm"; as many as there are where it is none of them.
constexpr std::uint8_t ChoiceIndex(std::string_view word, std::string_view words) {
  std::uint8_t index = 0;
  for (; !words.empty(); ++index) {
    const std::size_t end = words.find(", ");
    if (word == words.substr(0, end)) return index;
    words = end == std::string_view::npos ? "" : words.substr(end + 2);
  }
  return index;
}

/// The same, of a word that is in the list, before the program runs.
consteval std::uint8_t DefaultChoice(std::string_view word, std::string_view words) { return ChoiceIndex(word, words); }

/// What a user can configure: the list, defaults and bounds are in options.inc. Choices are held as the number of the
/// chosen word; those of a group are held as group_name.
struct Options {
  /// What a number that may be a word holds when it is the word.
  static constexpr double same = std::numeric_limits<double>::quiet_NaN();  // NOLINT(readability-identifier-naming)

#define ALICE_CHOICE(name, default_word, text, ...)              \
  static constexpr std::string_view name##_words = #__VA_ARGS__; \
  std::uint8_t name = DefaultChoice(#default_word, name##_words);
#define ALICE_NUMBER(name, default_value, low, high, text) double name = default_value;
#define ALICE_COUNT(name, default_value, low, high, text) double name = default_value;
#define ALICE_NUMBER_OR(name, default_value, low, high, word, text) double name = default_value;
#define ALICE_NUMBER_IN(group, name, default_value, low, high, text) double group##_##name = default_value;
#define ALICE_FLAG(name, default_value, text) bool name = default_value;
#define ALICE_TEXT(name, text) std::string name;
#include "engine/options.inc"
#undef ALICE_CHOICE
#undef ALICE_NUMBER
#undef ALICE_COUNT
#undef ALICE_NUMBER_OR
#undef ALICE_NUMBER_IN
#undef ALICE_FLAG
#undef ALICE_TEXT
};

/// What `backend` holds for the device beside the CPU.
inline constexpr std::uint8_t kWebglBackend = ChoiceIndex("webgl", Options::backend_words);

using OptionValue = std::variant<double, bool, std::string_view>;

/// Sets the option `name`, or `group.name`. Error: config_invalid, naming the field, the value and what is allowed.
Status SetOption(Options& options, std::string_view name, const OptionValue& value);

/// How layers are quantized, as the options say. Error: config_invalid for what CheckScheme refuses.
Result<Scheme> SchemeOf(const Options& options);
/// Which layers stay float.
LayerPolicy LayerPolicyOf(const Options& options);
/// How the ranges of weights are chosen. Error: config_invalid for what CheckWeightCalibration refuses.
Result<WeightCalibration> WeightCalibrationOf(const Options& options);
/// How calibration chooses ranges of activations.
CalibratorKind CalibratorOf(const Options& options);
ObserverOptions ObserverOptionsOf(const Options& options);
/// How it chooses those of the first and of the last quantized layer, where that differs.
std::optional<double> FirstLayerPercentileOf(const Options& options);
std::optional<double> LastLayerPercentileOf(const Options& options);

/// What the quality monitor goes by.
MonitorLimits MonitorLimitsOf(const Options& options);

}  // namespace alice
