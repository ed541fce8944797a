#pragma once

#include <cstddef>
#include <cstdint>

namespace alice {

/// Signed 4-bit integers, −8 … 7 in two's complement, two a byte: element 2i in the low nibble of byte i,
/// element 2i + 1 in the high one, as ONNX stores INT4 tensors (opset 21). The high nibble after an odd last
/// element is 0.

/// How many bytes hold `count` elements.
constexpr std::size_t Int4Bytes(std::size_t count) { return count / 2 + count % 2; }

/// Element `index` of `packed`.
constexpr std::int8_t LoadInt4(const std::uint8_t* packed, std::size_t index) {
  const int nibble = index % 2 == 0 ? packed[index / 2] & 0x0F : packed[index / 2] >> 4;
  return static_cast<std::int8_t>(nibble < 8 ? nibble : nibble - 16);
}

/// Makes `code`, −8 … 7, the element `index` of `packed`. An even one clears the odd one after it, so elements are
/// stored in ascending order.
constexpr void StoreInt4(std::uint8_t* packed, std::size_t index, std::int8_t code) {
  const int nibble = code & 0x0F;
  std::uint8_t& byte = packed[index / 2];
  byte = static_cast<std::uint8_t>(index % 2 == 0 ? nibble : (byte & 0x0F) | nibble << 4);
}

/// Packs `count` codes of −8 … 7 into Int4Bytes(count) bytes. The buffers do not overlap.
void PackInt4(const std::int8_t* codes, std::size_t count, std::uint8_t* packed);

/// The elements [first, first + count) of `packed`: with first = 0 the inverse of PackInt4.
void UnpackInt4(const std::uint8_t* packed, std::size_t first, std::size_t count, std::int8_t* codes);

}  // namespace alice
