#include "engine/options.h"

#include <cmath>
#include <limits>
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

constexpr std::uint8_t CountWords(std::string_view words) { return ChoiceIndex("", words); }

Status SetChoice(std::uint8_t& option, std::string_view name, const OptionValue& value, std::string_view words) {
  const auto* word = std::get_if<std::string_view>(&value);
  const std::uint8_t index = word == nullptr ? CountWords(words) : ChoiceIndex(*word, words);
  if (index == CountWords(words)) return Refuse(name, value, words);
  option = index;
  return {};
}

Status SetNumber(double& option, std::string_view name, const OptionValue& value, double low, double high) {
  const auto* number = std::get_if<double>(&value);
  if (number == nullptr || !(*number >= low && *number <= high)) {
    return Refuse(name, value, "a number from ", low, " to ", high);
  }
  option = *number;
  return {};
}

Status SetCount(double& option, std::string_view name, const OptionValue& value, double low, double high) {
  const auto* number = std::get_if<double>(&value);
  if (number == nullptr || !(*number >= low && *number <= high) || std::trunc(*number) != *number) {
    return Refuse(name, value, "a whole number from ", low, " to ", high);
  }
  option = *number;
  return {};
}

Status SetNumberOr(double& option, std::string_view name, const OptionValue& value, double low, double high,
                   std::string_view word) {
  const auto* given = std::get_if<std::string_view>(&value);
  const auto* number = std::get_if<double>(&value);
  if (given != nullptr && *given == word) {
    option = std::numeric_limits<double>::quiet_NaN();
  } else if (number != nullptr && *number >= low && *number <= high) {
    option = *number;
  } else {
    return Refuse(name, value, "a number from ", low, " to ", high, ", or ", word);
  }
  return {};
}

Status SetText(std::string& option, std::string_view name, const OptionValue& value) {
  const auto* text = std::get_if<std::string_view>(&value);
  if (text == nullptr) return Refuse(name, value, "a text");
  option = *text;
  return {};
}

Status SetFlag(bool& option, std::string_view name, const OptionValue& value) {
  const auto* flag = std::get_if<bool>(&value);
  if (flag == nullptr) return Refuse(name, value, "true or false");
  option = *flag;
  return {};
}

}  // namespace

Status SetOption(Options& options, std::string_view name, const OptionValue& value) {
#define ALICE_CHOICE(option, default_word, text, ...) \
  if (name == #option) return SetChoice(options.option, name, value, #__VA_ARGS__);
#define ALICE_NUMBER(option, default_value, low, high, text) \
  if (name == #option) return SetNumber(options.option, name, value, low, high);
#define ALICE_COUNT(option, default_value, low, high, text) \
  if (name == #option) return SetCount(options.option, name, value, low, high);
#define ALICE_NUMBER_OR(option, default_value, low, high, word, text) \
  if (name == #option) return SetNumberOr(options.option, name, value, low, high, #word);
#define ALICE_NUMBER_IN(group, option, default_value, low, high, text) \
  if (name == #group "." #option) return SetNumber(options.group##_##option, name, value, low, high);
#define ALICE_TEXT(option, text) \
  if (name == #option) return SetText(options.option, name, value);
#define ALICE_FLAG(option, default_value, text) \
  if (name == #option) return SetFlag(options.option, name, value);
#include "engine/options.inc"
#undef ALICE_CHOICE
#undef ALICE_NUMBER
#undef ALICE_COUNT
#undef ALICE_NUMBER_OR
#undef ALICE_NUMBER_IN
#undef ALICE_FLAG
#undef ALICE_TEXT
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
