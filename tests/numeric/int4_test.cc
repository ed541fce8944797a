#include "numeric/int4.h"

#include <catch2/catch.hpp>
#include <cstdint>
#include <random>
#include <vector>

namespace alice {

TEST_CASE("int4 codes are packed low nibble first", "[numeric]") {
  const std::int8_t codes[] = {1, 2, -1, -8, 7};
  std::uint8_t packed[] = {0xEE, 0xEE, 0xEE, 0xEE};
  PackInt4(codes, 5, packed);
  CHECK(packed[0] == 0x21);
  CHECK(packed[1] == 0x8F);
  CHECK(packed[2] == 0x07);  // the high nibble after an odd last one is 0
  CHECK(packed[3] == 0xEE);
}

TEST_CASE("the bytes that hold int4 codes", "[numeric]") {
  CHECK(Int4Bytes(0) == 0);
  CHECK(Int4Bytes(1) == 1);
  CHECK(Int4Bytes(2) == 1);
  CHECK(Int4Bytes(3) == 2);
  CHECK(Int4Bytes(SIZE_MAX) == SIZE_MAX / 2 + 1);
}

TEST_CASE("every pair of int4 codes comes back, from the byte of its two nibbles", "[numeric]") {
  for (int low = -8; low <= 7; ++low) {
    for (int high = -8; high <= 7; ++high) {
      const std::int8_t codes[] = {static_cast<std::int8_t>(low), static_cast<std::int8_t>(high)};
      std::uint8_t packed = 0;
      PackInt4(codes, 2, &packed);
      // Two's complement: a code is congruent to its nibble modulo 16.
      CHECK(packed == (low + 16) % 16 + 16 * ((high + 16) % 16));
      CHECK(LoadInt4(&packed, 0) == low);
      CHECK(LoadInt4(&packed, 1) == high);
    }
  }
}

TEST_CASE("every byte is two int4 codes, and comes back", "[numeric]") {
  for (int byte = 0; byte < 256; ++byte) {
    const auto packed = static_cast<std::uint8_t>(byte);
    std::int8_t codes[3] = {99, 99, 99};
    UnpackInt4(&packed, 0, 2, codes);
    const int low = byte % 16;
    const int high = byte / 16;
    CHECK(codes[0] == (low > 7 ? low - 16 : low));
    CHECK(codes[1] == (high > 7 ? high - 16 : high));
    CHECK(codes[2] == 99);
    std::uint8_t again = 0;
    PackInt4(codes, 2, &again);
    CHECK(again == byte);
  }
}

TEST_CASE("int4 buffers of any length come back, and nothing beyond them is touched", "[numeric][property]") {
  const std::uint32_t seed = 41;
  CAPTURE(seed);
  std::mt19937 engine(seed);
  std::uniform_int_distribution<int> any(-8, 7);
  for (std::size_t count = 0; count < 70; ++count) {
    std::vector<std::int8_t> codes(count);
    for (std::int8_t& code : codes) code = static_cast<std::int8_t>(any(engine));
    std::vector<std::uint8_t> packed(Int4Bytes(count) + 1, 0xA5);
    PackInt4(codes.data(), count, packed.data());
    CHECK(packed.back() == 0xA5);
    std::vector<std::int8_t> back(count + 1, 99);
    UnpackInt4(packed.data(), 0, count, back.data());
    CHECK(back.back() == 99);
    back.pop_back();
    CHECK(back == codes);
  }
}

}  // namespace alice
