#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <vector>

#include "backends/webgl/programs.h"
#include "backends/webgl/texture.h"

namespace alice::webgl {

/// A tensor on the GPU: of the graph, a constant of an operator, or one that lies between two of its draws.
using Slot = std::int32_t;
inline constexpr Slot kNoSlot = -1;

/// Every texel of `target` computed by `program` from `sources`.
struct Draw {
  const Program* program = nullptr;
  Slot target = kNoSlot;
  std::array<Slot, kSources> sources{};
  std::size_t source_count = 0;
  Parameters parameters{};
};

/// An INT8 product, for an observer: which draw it is, and how its integers are found once that is done.
struct ProductTrace {
  std::size_t draw = 0;  ///< the index of the product's own
  std::size_t node = 0;
  std::size_t m = 0, n = 0, k = 0;
  Slot codes = kNoSlot;  ///< [m, k], or none that lie so
  Slot grid = kNoSlot;
  std::size_t rows_per_group = 0;
  const std::int32_t* column_sums = nullptr;
  Draw sums{};  ///< without a target: leaves [m, n] with rows of whole texels
};

/// What a segment draws for a number of samples, in order.
class DrawList {
 public:
  /// Begins anew with the slots of values and constants, whose bytes are to be set.
  void Begin(std::size_t slots) {
    draws_.clear();
    traces_.clear();
    bytes_.assign(slots, 0);
  }
  void SetBytes(Slot slot, std::size_t bytes) { bytes_[static_cast<std::size_t>(slot)] = bytes; }
  /// A tensor between draws.
  Slot Temporary(std::size_t bytes) {
    bytes_.push_back(bytes);
    return static_cast<Slot>(bytes_.size() - 1);
  }
  void Add(const Program* program, Slot target, std::initializer_list<Slot> sources, const Parameters& parameters) {
    draws_.push_back({program, target, {}, 0, parameters});
    for (const Slot source : sources) draws_.back().sources[draws_.back().source_count++] = source;
  }
  void Trace(const ProductTrace& trace) {
    traces_.push_back(trace);
    traces_.back().draw = draws_.size() - 1;
  }

  [[nodiscard]] const std::vector<Draw>& draws() const { return draws_; }
  [[nodiscard]] const std::vector<ProductTrace>& traces() const { return traces_; }
  [[nodiscard]] std::size_t slots() const { return bytes_.size(); }
  [[nodiscard]] std::size_t bytes(Slot slot) const { return bytes_[static_cast<std::size_t>(slot)]; }
  [[nodiscard]] std::size_t texels(Slot slot) const { return TexelsOf(bytes(slot)); }

 private:
  std::vector<Draw> draws_;
  std::vector<ProductTrace> traces_;
  std::vector<std::size_t> bytes_;
};

}  // namespace alice::webgl
