// Packed codes of every kernel, decoded: what DequantizeLinear says of each code.
#include <algorithm>
#include <catch2/catch.hpp>
#include <random>
#include <vector>

#include "kernels/gemm_u8s8s32/gemm_u8s8s32.h"
#include "numeric/int4.h"

namespace alice {

TEST_CASE("a decoded panel is what its codes stand for", "[kernels]") {
  std::mt19937 random(5);
  for (const GemmU8S8S32Kernel& kernel : AllGemmU8S8S32()) {
    REQUIRE(kernel.nr <= kMaxPanelColumns);
    for (const bool is_int4 : {false, true}) {
      for (const bool has_zero_points : {false, true}) {
        for (const std::size_t k : {std::size_t{1}, kernel.kr + 1, std::size_t{37}}) {
          const std::size_t n = 2 * kernel.nr + 1;
          std::vector<std::int8_t> b(k * n), zero_points(n);
          std::vector<float> scales(n);
          for (auto& code : b)
            code = static_cast<std::int8_t>(is_int4 ? static_cast<int>(random() % 16) - 8
                                                    : static_cast<int>(random() % 256) - 128);
          for (auto& zero_point : zero_points)
            zero_point = static_cast<std::int8_t>(static_cast<int>(random() % 256) - 128);
          for (auto& scale : scales) scale = static_cast<float>(random() % 1000 + 1) / 777.0f;

          std::vector<std::uint8_t> nibbles(Int4Bytes(b.size()));
          if (is_int4) PackInt4(b.data(), b.size(), nibbles.data());
          std::vector<std::byte> packed(PackedBytesU8S8S32(kernel, k, n, is_int4));
          std::vector<std::int32_t> sums(n);
          PackU8S8S32(kernel, {.k = k,
                               .n = n,
                               .b = is_int4 ? static_cast<const void*>(nibbles.data()) : b.data(),
                               .packed = packed.data(),
                               .column_sums = sums.data(),
                               .is_int4 = is_int4});

          const std::size_t panel_bytes = PanelBytesU8S8S32(kernel, k, is_int4);
          for (std::size_t column = 0; column < n; column += kernel.nr) {
            const std::size_t width = std::min(kernel.nr, n - column);
            for (std::size_t first = 0; first < width; ++first) {
              for (std::size_t last = first + 1; last <= width; ++last) {
                const std::size_t count = last - first;
                std::vector<float> y(k * (count + 1), -1.0f);
                DecodePanelU8S8S32(kernel, {.panel = packed.data() + column / kernel.nr * panel_bytes,
                                            .is_int4 = is_int4,
                                            .k = k,
                                            .first = first,
                                            .last = last,
                                            .scales = scales.data() + column,
                                            .zero_points = has_zero_points ? zero_points.data() + column : nullptr,
                                            .y = y.data(),
                                            .ldy = count + 1});
                bool match = true;
                for (std::size_t row = 0; row < k; ++row) {
                  for (std::size_t c = 0; c < count; ++c) {
                    const std::size_t at = column + first + c;
                    const int code = b[row * n + at] - (has_zero_points ? zero_points[at] : 0);
                    match = match && y[row * (count + 1) + c] == static_cast<float>(code) * scales[at];
                  }
                  match = match && y[row * (count + 1) + count] == -1.0f;
                }
                INFO(kernel.name << " " << k << " rows, columns " << first << " to " << last);
                CHECK(match);
              }
            }
          }
        }
      }
    }
  }
}

TEST_CASE("codes are packed with their bits turned over where that is asked", "[kernels]") {
  for (const GemmU8S8S32Kernel& kernel : AllGemmU8S8S32()) {
    const std::vector<std::uint8_t> codes{0, 1, 127, 128, 255, 200};
    std::vector<std::int8_t> moved;
    for (const std::uint8_t code : codes) moved.push_back(static_cast<std::int8_t>(code - 128));
    const std::size_t bytes = PackedBytesU8S8S32(kernel, 2, 3);
    std::vector<std::int8_t> packed(bytes), expected(bytes);
    std::vector<std::int32_t> sums(3), expected_sums(3);
    PackU8S8S32(kernel,
                {.k = 2, .n = 3, .b = codes.data(), .packed = packed.data(), .column_sums = sums.data(), .flip = 0x80});
    PackU8S8S32(kernel,
                {.k = 2, .n = 3, .b = moved.data(), .packed = expected.data(), .column_sums = expected_sums.data()});
    CHECK(packed == expected);
    CHECK(sums == expected_sums);
  }
}

}  // namespace alice
