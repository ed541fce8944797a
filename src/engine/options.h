#pragma once

#include <cstdint>
#include <limits>
#include <string_view>
#include <variant>

#include "base/result.h"

namespace alice {

/// What a user can configure: the list, defaults and bounds are in options.inc. Choices are held as the number of the
/// chosen word.
struct Options {
#define ALICE_CHOICE(name, default_word, text, ...) std::uint8_t name = 0;
#define ALICE_NUMBER(name, default_value, low, high, text) double name = default_value;
#define ALICE_FLAG(name, default_value, text) bool name = default_value;
#include "engine/options.inc"
#undef ALICE_CHOICE
#undef ALICE_NUMBER
#undef ALICE_FLAG
};

using OptionValue = std::variant<double, bool, std::string_view>;

/// Sets the option `name`. Error: config_invalid, naming the field, the value and what is allowed.
Status SetOption(Options& options, std::string_view name, const OptionValue& value);

}  // namespace alice
