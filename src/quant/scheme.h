#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/result.h"

namespace alice {

/// The types of quantized weights: the list is in weight_type.inc.
enum class WeightType : std::uint8_t {
#define ALICE_WEIGHT_TYPE(name, bits, text) name,
#include "quant/weight_type.inc"
#undef ALICE_WEIGHT_TYPE
};

/// What shares one weight scale: the list is in granularity.inc.
enum class Granularity : std::uint8_t {
#define ALICE_GRANULARITY(name, word, text) name,
#include "quant/granularity.inc"
#undef ALICE_GRANULARITY
};

/// The words of options and reports, in the order of the values.
inline constexpr auto kWeightTypeNames = std::to_array<std::string_view>({
#define ALICE_WEIGHT_TYPE(name, bits, text) #name,
#include "quant/weight_type.inc"
#undef ALICE_WEIGHT_TYPE
});
inline constexpr auto kGranularityNames = std::to_array<std::string_view>({
#define ALICE_GRANULARITY(name, word, text) word,
#include "quant/granularity.inc"
#undef ALICE_GRANULARITY
});

/// The word for a value, e.g. "fp8e4m3", "per-channel".
constexpr std::string_view WeightTypeName(WeightType type) { return kWeightTypeNames[static_cast<std::size_t>(type)]; }
constexpr std::string_view GranularityName(Granularity granularity) {
  return kGranularityNames[static_cast<std::size_t>(granularity)];
}

/// How many bits one code of `type` takes.
constexpr int BitsOf(WeightType type) {
  switch (type) {
#define ALICE_WEIGHT_TYPE(name, bits, text) \
  case WeightType::name:                    \
    return bits;
#include "quant/weight_type.inc"
#undef ALICE_WEIGHT_TYPE
  }
  return 0;
}

constexpr bool IsFp8(WeightType type) { return type == WeightType::fp8e4m3 || type == WeightType::fp8e5m2; }

/// How weights are quantized: what their codes are and what shares a scale.
struct WeightScheme {
  WeightType type = WeightType::int8;
  bool symmetric = true;  ///< no zero point, and never the lowest integer code
  Granularity granularity = Granularity::per_channel;
  std::size_t group_size = 32;  ///< per_group: inputs that share a scale

  friend bool operator==(const WeightScheme&, const WeightScheme&) = default;
};

/// Refuses what makes no sense: a zero point on a float type, groups of no inputs. Error: config_invalid, naming
/// the options and the reason.
Status CheckScheme(const WeightScheme& scheme);

}  // namespace alice
