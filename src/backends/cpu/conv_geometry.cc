#include "backends/cpu/conv_geometry.h"

#include <algorithm>

namespace alice {

Result<ConvGeometry> ConvGeometry::Of(const ConvAttributes& conv, const Shape& x, const Shape& w) {
  ConvGeometry geometry;
  ALICE_ASSIGN_OR_RETURN(geometry.window, Window2dOf(conv.window, x, /*channels_last=*/true));
  geometry.samples = static_cast<std::size_t>(x[0]);
  geometry.pixels = static_cast<std::size_t>(x.Product(1, x.rank() - 1));
  geometry.channels = static_cast<std::size_t>(x[x.rank() - 1]);
  geometry.groups = static_cast<std::size_t>(conv.group);
  geometry.outputs = static_cast<std::size_t>(geometry.window.outputs());
  geometry.filters = static_cast<std::size_t>(w[1]) / geometry.groups;
  geometry.patch = static_cast<std::size_t>(w[0]);
  return geometry;
}

bool ConvGeometry::is_pointwise() const {
  const auto is_plain = [](const WindowAxis& axis) {
    return axis.kernel == 1 && axis.stride == 1 && axis.pad_begin == 0 && axis.pad_end == 0;
  };
  return groups == 1 && is_plain(window.rows) && is_plain(window.columns);
}

std::size_t ConvGeometry::tile(std::size_t together) const {
  constexpr std::size_t kElements = std::size_t{1} << 18;
  constexpr std::size_t kLeast = 24;
  constexpr std::size_t kMost = 384;
  const std::size_t fitting = kElements / std::max<std::size_t>({together * patch, together * filters, 1});
  return std::min(std::clamp(fitting / kLeast * kLeast, kLeast, kMost), outputs);
}

Im2colArgs ConvGeometry::Patches(std::size_t group, std::size_t first, std::size_t count) const {
  const std::size_t group_channels = channels / groups;
  return {.window = window,
          .channels = channels,
          .first_channel = group * group_channels,
          .count = group_channels,
          .first_patch = first,
          .patches = count};
}

}  // namespace alice
