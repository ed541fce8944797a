#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/gemm_u8s8s32/gemm_u8s8s32.h"

namespace alice {

/// Bytes at the start of a panel that are no codes.
constexpr std::size_t PanelHeadBytes(const GemmU8S8S32Kernel& kernel) {
  return kernel.dot == DotMeaning::signed_signed ? kernel.nr * sizeof(std::int32_t) : 0;
}

/// Where the codes of a group lie: a byte each, in order; or int4, the first half in the low nibbles and the second in the
/// high ones, as the code plus 8.
class GroupCodes {
 public:
  GroupCodes(const GemmU8S8S32Kernel& kernel, bool is_int4) : codes_(kernel.nr * kernel.kr), is_int4_(is_int4) {}

  [[nodiscard]] std::size_t bytes() const { return is_int4_ ? codes_ / 2 : codes_; }

  [[nodiscard]] std::int32_t Load(const std::uint8_t* group, std::size_t at) const {
    if (!is_int4_) return static_cast<std::int8_t>(group[at]);
    const std::size_t half = codes_ / 2;
    return (at < half ? group[at] & 0x0F : group[at - half] >> 4) - 8;
  }

  /// The codes of the first half of a group are stored before those of the second.
  void Store(std::uint8_t* group, std::size_t at, std::int32_t code) const {
    const std::size_t half = codes_ / 2;
    if (!is_int4_) {
      group[at] = static_cast<std::uint8_t>(code);
    } else if (at < half) {
      group[at] = static_cast<std::uint8_t>(code + 8);
    } else {
      group[at - half] = static_cast<std::uint8_t>(group[at - half] | (code + 8) << 4);
    }
  }

 private:
  std::size_t codes_;
  bool is_int4_;
};

}  // namespace alice
