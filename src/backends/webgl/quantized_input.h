#pragma once

#include "backends/webgl/drawn_op.h"

namespace alice::webgl {

/// Draws the u8 codes of what a quantized node takes as its first input: backends/cpu/activation_quantizer.h, on the GPU. The
/// range of a group is found there, too, and its parameters in float, as numeric/qparams.h has them: that the codes are the
/// same takes a GPU whose quotients of floats are rounded right.
class QuantizedInput {
 public:
  static Result<QuantizedInput> Create(const DrawContext& context);

  struct Codes {
    Slot codes;
    Slot grid;  ///< of each group a texel: scale, zero point, and the lowest and highest code
    std::size_t elements_per_group;
  };
  /// The codes of `elements` elements, of which every `elements_per_group` share a range where that is dynamic.
  Codes Emit(std::size_t elements, std::size_t elements_per_group, DrawList& draws) const;

 private:
  Slot x_ = kNoSlot;
  Slot fixed_ = kNoSlot;  ///< the grid of static parameters
  bool is_codes_ = false;
  QuantRange bound_{};
  float steps_ = 255.0f;  ///< by which a range becomes a scale
  const Program* part_ = nullptr;
  const Program* grid_of_values_ = nullptr;
  const Program* grid_of_parts_ = nullptr;
  const Program* quantize_ = nullptr;
};

/// Floats to codes of fixed parameters.
class Encoder {
 public:
  static Result<Encoder> Create(const DrawContext& context, const QParams& qparams);
  void Emit(Slot x, Slot codes, std::size_t elements, DrawList& draws) const;

 private:
  Slot grid_ = kNoSlot;
  const Program* quantize_ = nullptr;
};

}  // namespace alice::webgl
