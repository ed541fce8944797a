#include "kernels/gemm_u8s8s32/gemm_u8s8s32.h"

#include <catch2/catch.hpp>
#include <string>

#include "guarded.h"
#include "kernels/random_data.h"

namespace alice {
namespace {

struct Problem {
  std::size_t m, n, k, lda, ldc;
  std::vector<std::uint8_t> a;  ///< ends where the contract lets a kernel read no further
  std::vector<std::int8_t> b;

  Problem(std::size_t rows, std::size_t columns, std::size_t reduction, std::size_t a_pad, std::size_t c_pad)
      : m(rows),
        n(columns),
        k(reduction),
        lda(k + a_pad),
        ldc(n + c_pad),
        a((m - 1) * lda + (k + 15) / 16 * 16),
        b(k * n) {}

  void Randomize(RandomData& random) {
    a = random.Integers<std::uint8_t>(a.size(), 0, 255);
    b = random.Integers<std::int8_t>(b.size(), -128, 127);
  }
};

/// C by definition, in int64.
Guarded<std::int32_t> Naive(const Problem& p) {
  Guarded<std::int32_t> c(p.m * p.ldc, 1);
  for (std::size_t row = 0; row < p.m; ++row) {
    for (std::size_t column = 0; column < p.n; ++column) {
      std::int64_t sum = 0;
      for (std::size_t i = 0; i < p.k; ++i) {
        sum += std::int64_t{p.a[row * p.lda + i]} * std::int64_t{p.b[i * p.n + column]};
      }
      c[row * p.ldc + column] = static_cast<std::int32_t>(sum);
    }
  }
  return c;
}

Guarded<std::int32_t> Run(const GemmU8S8S32Kernel& kernel, const Problem& p) {
  // Packed weights may start at any byte: offset 1, and end exactly at the end of the vector.
  std::vector<std::int8_t> packed(1 + PackedBytesU8S8S32(kernel, p.k, p.n));
  std::vector<std::int32_t> column_sums(p.n);
  PackU8S8S32(kernel, p.b.data(), p.k, p.n, packed.data() + 1, column_sums.data());
  Guarded<std::int32_t> c(p.m * p.ldc, 1);
  kernel.run({p.m, p.n, p.k, p.a.data(), p.lda, packed.data() + 1, c.data(), p.ldc});
  return c;
}

void CheckAll(const Problem& p) {
  const Guarded<std::int32_t> expected = Naive(p);
  for (const GemmU8S8S32Kernel& kernel : AllGemmU8S8S32()) {
    INFO(kernel.name << " m " << p.m << " n " << p.n << " k " << p.k << " lda " << p.lda << " ldc " << p.ldc);
    REQUIRE(Run(kernel, p) == expected);
  }
}

}  // namespace

TEST_CASE("gemm_u8s8s32 equals the definition over every size around the tiles", "[kernels]") {
  RandomData random(1);
  std::size_t most_rows = 0;
  std::size_t most_columns = 0;
  for (const GemmU8S8S32Kernel& kernel : AllGemmU8S8S32()) {
    most_rows = std::max(most_rows, 2 * kernel.mr + 1);
    // A single row takes two panels at a time.
    most_columns = std::max(most_columns, 4 * kernel.nr + 1);
  }
  for (const std::size_t k : {1, 2, 3, 4, 5, 12, 15, 16, 17, 31, 32, 33, 64}) {
    for (std::size_t m = 1; m <= most_rows; ++m) {
      for (std::size_t n = 1; n <= most_columns; ++n) {
        Problem problem(m, n, k, (m + n) % 3, (m + k) % 2 * 3);
        problem.Randomize(random);
        CheckAll(problem);
      }
    }
  }
}

TEST_CASE("gemm_u8s8s32 equals the definition across the pieces of a long reduction", "[kernels]") {
  RandomData random(2);
  for (const std::size_t k : {511, 512, 513, 1023, 1024, 1025, 1537}) {
    for (const std::size_t m : {1, 2, 3, 4, 7}) {
      for (const std::size_t n : {1, 8, 13, 24}) {
        Problem problem(m, n, k, m, 2);
        problem.Randomize(random);
        CheckAll(problem);
      }
    }
  }
  Problem large(67, 131, 300, 0, 0);
  large.Randomize(random);
  CheckAll(large);
}

TEST_CASE("gemm_u8s8s32 is exact at the ends of the codes", "[kernels]") {
  for (const int a : {0, 1, 127, 128, 255}) {
    for (const int b : {-128, -127, -1, 0, 1, 127}) {
      Problem problem(5, 9, 37, 1, 1);
      problem.a.assign(problem.a.size(), static_cast<std::uint8_t>(a));
      problem.b.assign(problem.b.size(), static_cast<std::int8_t>(b));
      CheckAll(problem);
      Guarded<std::int32_t> c = Run(AllGemmU8S8S32().front(), problem);
      CHECK(c[0] == 37 * a * b);
    }
  }
}

TEST_CASE("gemm_u8s8s32 does not overflow at the longest reduction", "[kernels]") {
  static_assert(std::int64_t{255} * 128 * kMaxReductionU8S8 <= 2147483647);
  static_assert(std::int64_t{255} * 128 * (kMaxReductionU8S8 + 1) > 2147483647);
  for (const int b : {-128, 127}) {
    Problem problem(2, 3, kMaxReductionU8S8, 0, 0);
    problem.a.assign(problem.a.size(), 255);
    problem.b.assign(problem.b.size(), static_cast<std::int8_t>(b));
    CheckAll(problem);
  }
}

TEST_CASE("the contents of A's pad do not matter", "[kernels]") {
  RandomData random(3);
  for (const std::size_t k : {1, 7, 513}) {
    Problem problem(1, 8, k, 0, 0);
    problem.Randomize(random);
    std::fill(problem.a.begin() + static_cast<std::ptrdiff_t>(k), problem.a.end(), std::uint8_t{255});
    CheckAll(problem);
  }
}

TEST_CASE("packing pads little and sums the columns", "[kernels]") {
  const std::int8_t b[] = {1, 2, 3, 4, 5, -128};  // [2, 3]
  for (const GemmU8S8S32Kernel& kernel : AllGemmU8S8S32()) {
    INFO(kernel.name);
    CHECK(kernel.nr <= 8);
    CHECK(kernel.kr <= 4);
    const std::size_t bytes = PackedBytesU8S8S32(kernel, 2, 3);
    CHECK(bytes == (3 + kernel.nr - 1) / kernel.nr * kernel.nr * ((2 + kernel.kr - 1) / kernel.kr * kernel.kr));
    Guarded<std::int8_t> packed(bytes);
    Guarded<std::int8_t> untouched(bytes);
    Guarded<std::int32_t> sums(3);
    PackU8S8S32(kernel, b, 2, 3, packed.data(), sums.data());
    CHECK(sums[0] == 5);
    CHECK(sums[1] == 7);
    CHECK(sums[2] == -125);
    // Nothing outside the packed bytes is written.
    std::copy_n(packed.data(), bytes, untouched.data());
    CHECK(packed == untouched);
  }
}

}  // namespace alice
