#include "engine/options.h"

#include <string>

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
Error Refuse(std::string_view name, const OptionValue& value, const Parts&... allowed) {
  return MakeError(ErrorCode::config_invalid, name, " is ", ToText(value), ", allowed is ", allowed...);
}

/// The number of `value` in a list of words such as "auto, wasm".
Status SetChoice(std::uint8_t& option, std::string_view name, const OptionValue& value, std::string_view words) {
  const auto* word = std::get_if<std::string_view>(&value);
  std::uint8_t index = 0;
  for (std::string_view rest = words; !rest.empty(); ++index) {
    const std::size_t end = rest.find(", ");
    if (word != nullptr && *word == rest.substr(0, end)) {
      option = index;
      return {};
    }
    rest = end == std::string_view::npos ? "" : rest.substr(end + 2);
  }
  return Refuse(name, value, words);
}

Status SetNumber(double& option, std::string_view name, const OptionValue& value, double low, double high) {
  const auto* number = std::get_if<double>(&value);
  if (number == nullptr || !(*number >= low && *number <= high)) {
    return Refuse(name, value, "a number from ", low, " to ", high);
  }
  option = *number;
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
#define ALICE_FLAG(option, default_value, text) \
  if (name == #option) return SetFlag(options.option, name, value);
#include "engine/options.inc"
#undef ALICE_CHOICE
#undef ALICE_NUMBER
#undef ALICE_FLAG
  return MakeError(ErrorCode::config_invalid, "there is no option \"", name, "\"");
}

}  // namespace alice
