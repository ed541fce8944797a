#include <cstring>

#include "kernels/depthwise_u8s8s32/depthwise_u8s8s32.h"

namespace alice {

std::size_t DepthwiseLayout::OffsetOf(std::size_t tap, std::size_t channel) const {
  const std::size_t row = tap / columns_;
  const std::size_t column = tap % columns_;
  const std::size_t group = (channel / kChannels * columns_ + column) * groups_ + row / group_rows_;
  const std::size_t weight_bytes = kGroupBytes / kChannels / group_rows_;
  return group * kGroupBytes + (channel % kChannels * group_rows_ + row % group_rows_) * weight_bytes;
}

void DepthwiseLayout::Store(std::byte* packed, std::size_t tap, std::size_t channel, int weight) const {
  std::byte* const at = packed + OffsetOf(tap, channel);
  if (group_rows_ == 4) {
    *at = static_cast<std::byte>(weight);
  } else {
    const auto wide = static_cast<std::int16_t>(weight);
    std::memcpy(at, &wide, sizeof wide);
  }
}

int DepthwiseLayout::Load(const std::byte* packed, std::size_t tap, std::size_t channel) const {
  const std::byte* const at = packed + OffsetOf(tap, channel);
  if (group_rows_ == 4) return static_cast<std::int8_t>(*at);
  std::int16_t wide = 0;
  std::memcpy(&wide, at, sizeof wide);
  return wide;
}

}  // namespace alice
