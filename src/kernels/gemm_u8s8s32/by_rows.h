#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "kernels/dequantize_gemm/part.h"
#include "kernels/gemm_u8s8s32/gemm_u8s8s32.h"

namespace alice {

/// A kernel that sums some rows and columns, and hands them to the reference of what is to become of them. `Tile`:
///   kRows                                          how many rows it sums at most
///   Sum(args, row, rows, first, columns, sums)     those from `row` and `first` on: sums [rows, kSumsAtOnce]
/// `first` is a multiple of kSumsAtOnce, `columns` at most that.
template <typename Tile>
struct GemmByRows {
  static void Sums(const GemmU8S8S32Args& args, const GemmSums& to) {
    ForEachRow(args, [&](std::size_t row, std::size_t first, std::size_t columns, const std::int32_t* sums) {
      std::copy_n(sums, columns, to.c + row * to.ldc + first);
    });
  }

  static void Dequantize(const GemmU8S8S32Args& args, const Dequantization& to) {
    ForEachRow(args, [&](std::size_t row, std::size_t first, std::size_t columns, const std::int32_t* sums) {
      DequantizeGemm_Reference({1, columns, sums, columns, PartOf(to, row, first)});
    });
  }

  static void Requantize(const GemmU8S8S32Args& args, const Requantization& to) {
    ForEachRow(args, [&](std::size_t row, std::size_t first, std::size_t columns, const std::int32_t* sums) {
      RequantizeGemm_Reference({1, columns, sums, columns, PartOf(to, row, first)});
    });
  }

  /// Columns whose sums are held at a time; a multiple of every panel's.
  static constexpr std::size_t kSumsAtOnce = 64;

 private:
  /// use(row, first column, columns, sums) for every row, some columns at a time.
  template <typename Use>
  static void ForEachRow(const GemmU8S8S32Args& args, const Use& use) {
    std::int32_t sums[Tile::kRows * kSumsAtOnce];
    for (std::size_t row = 0; row < args.m; row += Tile::kRows) {
      const std::size_t rows = std::min(Tile::kRows, args.m - row);
      for (std::size_t first = 0; first < args.n; first += kSumsAtOnce) {
        const std::size_t columns = std::min(kSumsAtOnce, args.n - first);
        Tile::Sum(args, row, rows, first, columns, sums);
        for (std::size_t r = 0; r < rows; ++r) use(row + r, first, columns, sums + r * kSumsAtOnce);
      }
    }
  }
};

}  // namespace alice

/// The entry points of a kernel that works so.
#define ALICE_GEMM_U8S8S32_BY_ROWS(name, Tile)                                                           \
  void name::Sums(const GemmU8S8S32Args& args, const GemmSums& to) { GemmByRows<Tile>::Sums(args, to); } \
  void name::Dequantize(const GemmU8S8S32Args& args, const Dequantization& to) {                         \
    GemmByRows<Tile>::Dequantize(args, to);                                                              \
  }                                                                                                      \
  void name::Requantize(const GemmU8S8S32Args& args, const Requantization& to) {                         \
    GemmByRows<Tile>::Requantize(args, to);                                                              \
  }
