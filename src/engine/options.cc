#include "engine/options.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>
#include <string>

#include "base/split_list.h"

namespace alice {
namespace {

// NOLINTNEXTLINE(readability-identifier-naming): options.inc has TypeScript's word.
constexpr double Infinity = std::numeric_limits<double>::infinity();

std::string ToText(const OptionValue& value) {
  if (const auto* word = std::get_if<std::string_view>(&value)) return "\"" + std::string(*word) + "\"";
  if (const auto* flag = std::get_if<bool>(&value)) return *flag ? "true" : "false";
  return JoinMessage({std::get<double>(value)});
}

template <typename... Parts>
OwnedError Refuse(std::string_view name, const OptionValue& value, const Parts&... allowed) {
  return MakeError(ErrorCode::config_invalid, name, " is ", ToText(value), ", allowed is ", allowed...);
}

struct Choice {
  const char* name;
  std::uint8_t Options::* option;
  const char* words;

  Status Set(Options& options, const OptionValue& value) const {
    const std::uint8_t count = ChoiceIndex("", words);
    const auto* given = std::get_if<std::string_view>(&value);
    const std::uint8_t index = given == nullptr ? count : ChoiceIndex(*given, words);
    if (index == count) return Refuse(name, value, words);
    options.*option = index;
    return {};
  }
};

struct Number {
  const char* name;
  double Options::* option;
  double low, high;
  bool is_whole;
  const char* word;  ///< allowed instead, or empty

  Status Set(Options& options, const OptionValue& value) const {
    const auto* number = std::get_if<double>(&value);
    if (number != nullptr && *number >= low && *number <= high && (!is_whole || std::trunc(*number) == *number)) {
      options.*option = *number;
      return {};
    }
    const std::string_view other = word;
    const auto* given = std::get_if<std::string_view>(&value);
    if (!other.empty() && given != nullptr && *given == other) {
      options.*option = std::numeric_limits<double>::quiet_NaN();
      return {};
    }
    return Refuse(name, value, is_whole ? "a whole number from " : "a number from ", low, " to ", high,
                  other.empty() ? "" : ", or ", other);
  }
};

struct Text {
  const char* name;
  std::string Options::* option;

  Status Set(Options& options, const OptionValue& value) const {
    const auto* given = std::get_if<std::string_view>(&value);
    if (given == nullptr) return Refuse(name, value, "a text");
    options.*option = *given;
    return {};
  }
};

struct Flag {
  const char* name;
  bool Options::* option;

  Status Set(Options& options, const OptionValue& value) const {
    const auto* given = std::get_if<bool>(&value);
    if (given == nullptr) return Refuse(name, value, "true or false");
    options.*option = *given;
    return {};
  }
};

// Each table takes its kind from the list.
#define ALICE_CHOICE(...)
#define ALICE_NUMBER(...)
#define ALICE_COUNT(...)
#define ALICE_NUMBER_OR(...)
#define ALICE_NUMBER_IN(...)
#define ALICE_FLAG(...)
#define ALICE_TEXT(...)

constexpr Choice kChoices[] = {
#undef ALICE_CHOICE
#define ALICE_CHOICE(option, default_word, text, ...) {#option, &Options::option, #__VA_ARGS__},
#include "engine/options.inc"
#undef ALICE_CHOICE
#define ALICE_CHOICE(...)
};

constexpr Number kNumbers[] = {
#undef ALICE_NUMBER
#undef ALICE_COUNT
#undef ALICE_NUMBER_OR
#undef ALICE_NUMBER_IN
#define ALICE_NUMBER(option, default_value, low, high, text) {#option, &Options::option, low, high, false, ""},
#define ALICE_COUNT(option, default_value, low, high, text) {#option, &Options::option, low, high, true, ""},
#define ALICE_NUMBER_OR(option, default_value, low, high, word, text) \
  {#option, &Options::option, low, high, false, #word},
#define ALICE_NUMBER_IN(group, option, default_value, low, high, text) \
  {#group "." #option, &Options::group##_##option, low, high, false, ""},
#include "engine/options.inc"
#undef ALICE_NUMBER
#undef ALICE_COUNT
#undef ALICE_NUMBER_OR
#undef ALICE_NUMBER_IN
#define ALICE_NUMBER(...)
#define ALICE_COUNT(...)
#define ALICE_NUMBER_OR(...)
#define ALICE_NUMBER_IN(...)
};

constexpr Flag kFlags[] = {
#undef ALICE_FLAG
#define ALICE_FLAG(option, default_value, text) {#option, &Options::option},
#include "engine/options.inc"
#undef ALICE_FLAG
#define ALICE_FLAG(...)
};

constexpr Text kTexts[] = {
#undef ALICE_TEXT
#define ALICE_TEXT(option, text) {#option, &Options::option},
#include "engine/options.inc"
};

#undef ALICE_CHOICE
#undef ALICE_NUMBER
#undef ALICE_COUNT
#undef ALICE_NUMBER_OR
#undef ALICE_NUMBER_IN
#undef ALICE_FLAG
#undef ALICE_TEXT

template <typename Row>
const Row* Find(std::span<const Row> rows, std::string_view name) {
  const auto row = std::ranges::find(rows, name, &Row::name);
  return row == rows.end() ? nullptr : &*row;
}

}  // namespace

Status SetOption(Options& options, std::string_view name, const OptionValue& value) {
  if (const auto* row = Find<Choice>(kChoices, name)) return row->Set(options, value);
  if (const auto* row = Find<Number>(kNumbers, name)) return row->Set(options, value);
  if (const auto* row = Find<Flag>(kFlags, name)) return row->Set(options, value);
  if (const auto* row = Find<Text>(kTexts, name)) return row->Set(options, value);
  return MakeError(ErrorCode::config_invalid, "there is no option \"", name, "\"");
}

Result<Scheme> SchemeOf(const Options& options) {
  Scheme scheme;
  scheme.weights = {.type = static_cast<WeightType>(options.weightType),
                    .symmetric = options.weightScheme == 0,
                    .granularity = static_cast<Granularity>(options.weightGranularity),
                    .group_size = static_cast<std::size_t>(options.groupSize)};
  scheme.activations = {.strategy = static_cast<Strategy>(options.strategy),
                        .symmetric = options.activationScheme == 0,
                        .granularity = static_cast<ActivationGranularity>(options.activationGranularity)};
  ALICE_RETURN_IF_ERROR(CheckScheme(scheme));
  return scheme;
}

MonitorLimits MonitorLimitsOf(const Options& options) {
  return {.similarity_threshold = options.similarityThreshold,
          .fallback_threshold = options.fallbackThreshold,
          .warn_accuracy_drop = options.warnAccuracyDrop,
          .max_accuracy_drop = options.maxAccuracyDrop,
          .monitor_interval = static_cast<std::size_t>(options.monitorInterval),
          .recovery_check_interval = static_cast<std::size_t>(options.recoveryCheckInterval),
          .recovery_streak = static_cast<std::size_t>(options.recoveryStreak)};
}

LayerPolicy LayerPolicyOf(const Options& options) {
  return {.exclude = SplitList(options.excludeLayers),
          .keep_first = options.firstLayer != 0,
          .keep_last = options.lastLayer != 0};
}

Result<WeightCalibration> WeightCalibrationOf(const Options& options) {
  constexpr CalibratorKind kKinds[] = {CalibratorKind::min_max, CalibratorKind::percentile, CalibratorKind::kl,
                                       CalibratorKind::entropy, CalibratorKind::mse,        CalibratorKind::aciq};
  const WeightCalibration calibration{.calibrator = kKinds[options.weightCalibration]};
  ALICE_RETURN_IF_ERROR(CheckWeightCalibration(calibration, static_cast<WeightType>(options.weightType)));
  return calibration;
}

CalibratorKind CalibratorOf(const Options& options) { return static_cast<CalibratorKind>(options.calibrationStrategy); }

ObserverOptions ObserverOptionsOf(const Options& options) {
  const bool is_auto = std::isnan(options.calibrationPercentile);
  return {.symmetric = options.activationScheme == 0,
          .percentile = is_auto ? 1.0 : options.calibrationPercentile,
          .percentile_auto = is_auto};
}

std::optional<double> FirstLayerPercentileOf(const Options& options) {
  return std::isnan(options.firstLayerPercentile) ? std::nullopt : std::optional(options.firstLayerPercentile);
}

std::optional<double> LastLayerPercentileOf(const Options& options) {
  return std::isnan(options.lastLayerPercentile) ? std::nullopt : std::optional(options.lastLayerPercentile);
}

}  // namespace alice
