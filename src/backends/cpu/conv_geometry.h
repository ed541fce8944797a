#pragma once

#include <cstddef>

#include "base/result.h"
#include "ir/window.h"
#include "kernels/im2col/im2col.h"

namespace alice {

/// The sizes of a channels-last Conv as a product for each sample and group: patches [outputs, patch] · W [patch, filters].
struct ConvGeometry {
  Window2d window;
  std::size_t samples = 0;
  std::size_t pixels = 0;    ///< of one sample of X
  std::size_t channels = 0;  ///< of X
  std::size_t groups = 1;
  std::size_t outputs = 0;  ///< pixels of one sample of Y
  std::size_t filters = 0;  ///< of one group
  std::size_t patch = 0;    ///< elements of one patch of one group

  /// Errors: as Window2dOf.
  static Result<ConvGeometry> Of(const ConvAttributes& conv, const Shape& x, const Shape& w);

  /// Whether the patches of a sample are its pixels as they lie.
  [[nodiscard]] bool is_pointwise() const;
  /// Whether every channel has one filter of its own.
  [[nodiscard]] bool is_depthwise() const { return groups == channels && filters == 1 && groups > 1; }
  /// How many patches, of so many groups together, to gather and multiply at a time, so that they stay in the cache.
  [[nodiscard]] std::size_t tile(std::size_t together = 1) const;
  /// `count` patches of a group from `first` on, of one sample.
  [[nodiscard]] Im2colArgs Patches(std::size_t group, std::size_t first, std::size_t count) const;
};

}  // namespace alice
