#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace alice {

/// The types of quantized weights: the list is in weight_type.inc.
enum class WeightType : std::uint8_t {
#define ALICE_WEIGHT_TYPE(name, bits, text) name,
#include "numeric/weight_type.inc"
#undef ALICE_WEIGHT_TYPE
};

/// What shares one weight scale: the list is in granularity.inc.
enum class Granularity : std::uint8_t {
#define ALICE_GRANULARITY(name, word, text) name,
#include "numeric/granularity.inc"
#undef ALICE_GRANULARITY
};

/// The words of options and reports, in the order of the values.
inline constexpr auto kWeightTypeNames = std::to_array<std::string_view>({
#define ALICE_WEIGHT_TYPE(name, bits, text) #name,
#include "numeric/weight_type.inc"
#undef ALICE_WEIGHT_TYPE
});
inline constexpr auto kGranularityNames = std::to_array<std::string_view>({
#define ALICE_GRANULARITY(name, word, text) word,
#include "numeric/granularity.inc"
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
#include "numeric/weight_type.inc"
#undef ALICE_WEIGHT_TYPE
  }
  return 0;
}

constexpr bool IsFp8(WeightType type) { return type == WeightType::fp8e4m3 || type == WeightType::fp8e5m2; }

/// How weights are quantized: what their codes are and what shares a scale.
struct WeightScheme {
  WeightType type = WeightType::int8;
  bool symmetric = true;  ///< no zero point; QuantizeWeights then never gives the lowest integer code
  Granularity granularity = Granularity::per_channel;
  std::size_t group_size = 32;  ///< per_group: inputs that share a scale

  friend bool operator==(const WeightScheme&, const WeightScheme&) = default;
};

/// When the range of an activation is found: at every run, or once by calibration.
enum class Strategy : std::uint8_t { dynamic, fixed };

/// What shares one activation scale: a sample's whole tensor, or each row along its last axis.
enum class ActivationGranularity : std::uint8_t { per_tensor, per_token };

/// How activations are quantized to u8. Symmetric ones are s8 codes held with the offset 128: their zero point is 128.
struct ActivationScheme {
  Strategy strategy = Strategy::dynamic;
  bool symmetric = false;
  ActivationGranularity granularity = ActivationGranularity::per_tensor;

  friend bool operator==(const ActivationScheme&, const ActivationScheme&) = default;
};

/// How a layer is quantized. FP8 weights multiply with float activations, integer ones with u8 codes.
struct Scheme {
  WeightScheme weights;
  ActivationScheme activations;

  friend bool operator==(const Scheme&, const Scheme&) = default;
};

/// Refuses what makes no sense: a zero point on a float type, groups of no inputs. Error: config_invalid, naming
/// the options and the reason.
Status CheckScheme(const WeightScheme& scheme);
/// Refuses, besides, a fixed range for each token, and quantized activations where they stay float (FP8 weights).
Status CheckScheme(const Scheme& scheme);

/// A scheme in the options' words, e.g. "int8 symmetric per-channel, u8 asymmetric per-tensor dynamic".
std::string SchemeText(const Scheme& scheme);

/// How the scales of weights [k, n] are laid out, row-major: [1, 1] per tensor, [1, n] per channel and
/// [ceil(k / group_size), n] per group, the last group being shorter where group_size does not divide k (the
/// blocked form of ONNX QuantizeLinear-21 along axis 0). The weight [row, column] has the scale IndexOf(row, column).
struct ScaleGrid {
  std::size_t rows;
  std::size_t columns;
  std::size_t group_rows;  ///< consecutive inputs that share a scale, at least 1

  [[nodiscard]] std::size_t count() const { return rows * columns; }
  [[nodiscard]] std::size_t IndexOf(std::size_t row, std::size_t column) const {
    return row / group_rows * columns + (columns == 1 ? 0 : column);
  }
};

/// The grid of weights [k, n] under `scheme`, which CheckScheme accepts.
ScaleGrid ScaleGridOf(std::size_t k, std::size_t n, const WeightScheme& scheme);

/// How many bytes the codes of weights [k, n] take: k · n, or half of it rounded up for int4.
std::size_t WeightCodeBytes(std::size_t k, std::size_t n, const WeightScheme& scheme);

/// How many zero points there are: one a scale, none for a symmetric scheme.
std::size_t WeightZeroPointCount(std::size_t k, std::size_t n, const WeightScheme& scheme);

}  // namespace alice
