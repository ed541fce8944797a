#include <algorithm>

#include "kernels/gemm_u8s8s32/gemm_u8s8s32.h"

#if ALICE_HAS_SIMD128
#include "kernels/simd128.h"

namespace alice {
namespace {

constexpr std::size_t kRows = 4;
constexpr std::size_t kPanel = 8;
constexpr std::size_t kGroup = 2;
/// A is widened to i16 in pieces of kRows × kChunk, which stay in the first-level cache beside a panel of B.
constexpr std::size_t kChunk = 512;

using WideRows = std::int16_t[kRows][kChunk];

void WidenRow(const std::uint8_t* a, std::size_t k, std::int16_t* wide) {
  for (std::size_t i = 0; i < k; i += 16) {
    const v128_t codes = wasm_v128_load(a + i);
    wasm_v128_store(wide + i, wasm_u16x8_extend_low_u8x16(codes));
    wasm_v128_store(wide + i + 8, wasm_u16x8_extend_high_u8x16(codes));
  }
}

/// One chunk of the reduction for one block of rows.
struct Chunk {
  const WideRows& a;
  const std::int8_t* b;  ///< the chunk's first group in panel 0
  std::size_t panel_bytes;
  std::size_t groups;
  std::int32_t* c;
  std::size_t ldc;
  std::size_t n;
  bool accumulate;  ///< add to c: it holds the earlier chunks
};

void StoreSums(std::int32_t* c, v128_t sums, std::size_t lanes, bool accumulate) {
  if (accumulate) sums = wasm_i32x4_add(sums, LoadLanes(c, lanes));
  StoreLanes(c, sums, lanes);
}

/// rows × (panels · kPanel) outputs from `column` on, all accumulators in registers.
template <std::size_t rows, std::size_t panels>
void RunTile(const Chunk& chunk, std::size_t column) {
  constexpr std::size_t kVectors = panels * 2;
  v128_t sums[rows][kVectors];
  for (auto& row : sums) {
    for (v128_t& vector : row) vector = wasm_i32x4_splat(0);
  }
  const std::int8_t* b = chunk.b + column / kPanel * chunk.panel_bytes;
  for (std::size_t group = 0; group < chunk.groups; ++group, b += kGroup * kPanel) {
    v128_t b_pairs[kVectors];
    for (std::size_t v = 0; v < kVectors; ++v) {
      b_pairs[v] = wasm_i16x8_load8x8(b + v / 2 * chunk.panel_bytes + v % 2 * 8);
    }
    for (std::size_t row = 0; row < rows; ++row) {
      const v128_t a_pair = wasm_v128_load32_splat(&chunk.a[row][group * kGroup]);
      for (std::size_t v = 0; v < kVectors; ++v) {
        sums[row][v] = wasm_i32x4_add(sums[row][v], wasm_i32x4_dot_i16x8(a_pair, b_pairs[v]));
      }
    }
  }
  for (std::size_t row = 0; row < rows; ++row) {
    std::int32_t* c = chunk.c + row * chunk.ldc;
    for (std::size_t v = 0; v < kVectors && column + v * 4 < chunk.n; ++v) {
      const std::size_t first = column + v * 4;
      StoreSums(c + first, sums[row][v], chunk.n - first, chunk.accumulate);
    }
  }
}

template <std::size_t rows>
void RunChunk(const Chunk& chunk) {
  std::size_t column = 0;
  if constexpr (rows == 1) {
    // A single row reuses nothing of B: two panels at a time share the splats of A.
    for (; column + kPanel < chunk.n; column += 2 * kPanel) RunTile<1, 2>(chunk, column);
  }
  for (; column < chunk.n; column += kPanel) RunTile<rows, 1>(chunk, column);
}

}  // namespace

void GemmU8S8S32_4x8c2_Simd128(const GemmU8S8S32Args& args) {
  alignas(16) WideRows wide;
  const std::size_t panel_bytes = (args.k + kGroup - 1) / kGroup * kGroup * kPanel;
  for (std::size_t row = 0; row < args.m; row += kRows) {
    const std::size_t rows = std::min(kRows, args.m - row);
    for (std::size_t first = 0; first < args.k; first += kChunk) {
      const std::size_t length = std::min(kChunk, args.k - first);
      for (std::size_t i = 0; i < rows; ++i) WidenRow(args.a + (row + i) * args.lda + first, length, wide[i]);
      const Chunk chunk{wide,
                        args.packed_b + first * kPanel,
                        panel_bytes,
                        (length + kGroup - 1) / kGroup,
                        args.c + row * args.ldc,
                        args.ldc,
                        args.n,
                        first > 0};
      switch (rows) {
        case 1:
          RunChunk<1>(chunk);
          break;
        case 2:
          RunChunk<2>(chunk);
          break;
        case 3:
          RunChunk<3>(chunk);
          break;
        default:
          RunChunk<4>(chunk);
      }
    }
  }
}

}  // namespace alice

#endif  // ALICE_HAS_SIMD128
