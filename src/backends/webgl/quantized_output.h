#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "backends/webgl/integer_weights.h"
#include "backends/webgl/quantized_input.h"

namespace alice::webgl {

/// How a quantized product [rows, n] goes: GLSL that defines
///   ivec4 Sums(int row, int quad, int group, out ivec4 row_sums)
/// the sums of four columns of a row over a group of weights, and with ASYMMETRIC also those of the codes in them. It has the
/// sources `codes`, `weights` and `grid`, and parameters of its own.
struct SumsText {
  std::string_view body;
  std::vector<std::string_view> parameters;
  std::string defines;
};

/// What a quantized product leaves in its output: floats with bias and activation, or the codes that the next layer takes. The
/// integers are those of the CPU; each float operation rounds on its own, in the order of kernels/dequantize_gemm.
class QuantizedOutput {
 public:
  static Result<QuantizedOutput> Create(const DrawContext& context, IntegerWeights weights, const SumsText& sums);

  [[nodiscard]] const IntegerWeights& weights() const { return weights_; }

  /// What the parameters of SumsText are.
  static constexpr std::size_t kGeometry = 16;
  using Geometry = std::array<std::int64_t, kGeometry>;
  struct Product {
    QuantizedInput::Codes codes;
    std::size_t rows = 0;
    std::size_t rows_per_range = 1;
    bool rows_are_codes = true;  ///< a row's factors are the k codes of that row as they lie
    Geometry geometry{};
  };
  /// Draws the product, whose integers an observer may want to see as those of the node of that index.
  void Emit(const Product& product, std::size_t node, DrawList& draws) const;

 private:
  explicit QuantizedOutput(IntegerWeights weights) : weights_(std::move(weights)) {}
  [[nodiscard]] Parameters ParametersFor(std::size_t count, const Product& product) const;

  IntegerWeights weights_;
  Slot y_ = kNoSlot;
  Activation activation_;
  const Program* product_ = nullptr;
  const Program* sums_ = nullptr;
  std::optional<Encoder> encoder_;  ///< where codes are made of floats
};

}  // namespace alice::webgl
