#include "kernels/gemm_u8s8s32/gemm_u8s8s32.h"

#include <array>
#include <catch2/catch.hpp>
#include <limits>
#include <numeric>
#include <string>

#include "guarded.h"
#include "kernels/random_data.h"
#include "numeric/int4.h"

namespace alice {
namespace {

/// Those of the list that this machine runs exactly: on the host, all of them.
std::vector<GemmU8S8S32Kernel> Kernels() {
  std::vector<GemmU8S8S32Kernel> kernels;
  for (const GemmU8S8S32Kernel& kernel : AllGemmU8S8S32()) {
#ifdef __EMSCRIPTEN__
    if (kernel.dot != DotMeaning::none && kernel.dot != MachineDot()) continue;
#endif
    kernels.push_back(kernel);
  }
  return kernels;
}

struct Problem {
  std::size_t m, n, k, lda, ldc;
  std::vector<std::uint8_t> a;  ///< ends where the contract lets a kernel read no further
  std::vector<std::int8_t> b;
  bool is_int4 = false;

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
    b = random.Integers<std::int8_t>(b.size(), is_int4 ? -8 : -128, is_int4 ? 7 : 127);
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

/// A problem as a kernel takes it. Packed weights start at any byte: offset 1, and end exactly at the end of the vector.
class Packed {
 public:
  Packed(const GemmU8S8S32Kernel& kernel, const Problem& p)
      : packed_(1 + PackedBytesU8S8S32(kernel, p.k, p.n, p.is_int4)),
        column_sums_(p.n),
        scratch_(ScratchBytesU8S8S32(kernel, p.m, p.k)) {
    constexpr std::size_t kBefore = 3;  // int4 codes of another group
    std::vector<std::uint8_t> nibbles(Int4Bytes(kBefore + p.b.size()));
    if (p.is_int4) {
      std::vector<std::int8_t> codes(kBefore, 5);
      codes.insert(codes.end(), p.b.begin(), p.b.end());
      PackInt4(codes.data(), codes.size(), nibbles.data());
    }
    PackU8S8S32(kernel, {.k = p.k,
                         .n = p.n,
                         .b = p.is_int4 ? static_cast<const void*>(nibbles.data()) : p.b.data(),
                         .packed = packed_.data() + 1,
                         .column_sums = column_sums_.data(),
                         .is_int4 = p.is_int4,
                         .first = p.is_int4 ? kBefore : 0});
    args_ = {p.m, p.n, p.k, p.a.data(), p.lda, packed_.data() + 1, p.is_int4, scratch_.data()};
  }
  Packed(const Packed&) = delete;
  Packed& operator=(const Packed&) = delete;
  ~Packed() = default;

  [[nodiscard]] const GemmU8S8S32Args& args() const { return args_; }
  [[nodiscard]] const std::vector<std::int32_t>& column_sums() const { return column_sums_; }

 private:
  std::vector<std::int8_t> packed_;
  std::vector<std::int32_t> column_sums_;
  std::vector<std::byte> scratch_;
  GemmU8S8S32Args args_{};
};

Guarded<std::int32_t> Run(const GemmU8S8S32Kernel& kernel, const Problem& p) {
  const Packed packed(kernel, p);
  Guarded<std::int32_t> c(p.m * p.ldc, 1);
  kernel.sums(packed.args(), {c.data(), p.ldc});
  return c;
}

void CheckAll(const Problem& p) {
  const Guarded<std::int32_t> expected = Naive(p);
  for (const GemmU8S8S32Kernel& kernel : Kernels()) {
    INFO(kernel.name << " m " << p.m << " n " << p.n << " k " << p.k << " lda " << p.lda << " ldc " << p.ldc << " int4 "
                     << p.is_int4);
    REQUIRE(Run(kernel, p) == expected);
  }
}

/// What the sums of a problem become, with everything that can be given.
struct Outputs {
  explicit Outputs(const Problem& problem, RandomData& random, bool with_all, std::size_t per_group)
      : p(problem),
        all(with_all),
        rows_per_group(per_group),
        q(p.m),
        weight_scales(random.Floats(p.n, 0.01f)),
        bias(random.Floats(p.n, 10.0f)),
        zero_points(random.Integers<std::int8_t>(p.n, -128, 127)),
        offsets(random.Integers<std::int32_t>(p.n, -1000000, 1000000)),
        multipliers(p.n, 1e-3f),
        row_sums(p.m) {
    const auto scales = random.Floats(p.m, 0.1f);
    const auto points = random.Integers<std::int32_t>(p.m, 0, 255);
    for (std::size_t row = 0; row < p.m; ++row) {
      q[row] = {scales[row], points[row]};
      const std::uint8_t* a = p.a.data() + row * p.lda;
      row_sums[row] = std::accumulate(a, a + p.k, 0);
    }
  }

  [[nodiscard]] Dequantization Floats(const std::vector<std::int32_t>& column_sums, Activation activation, float* y,
                                      MinMax* ranges) const {
    return {.a_qparams = q.data(),
            .rows_per_group = rows_per_group,
            .column_sums = column_sums.data(),
            .weight_scales = weight_scales.data(),
            .bias = all ? bias.data() : nullptr,
            .activation = activation,
            .y = y,
            .ldy = p.ldc,
            .weight_zero_points = all ? zero_points.data() : nullptr,
            .row_sums = row_sums.data(),
            .accumulate = all,
            .ranges = ranges,
            .rows_per_range = rows_per_group};
  }
  /// Whether no sum goes beyond Requantization::kMostBounded.
  [[nodiscard]] bool AreBounded(const std::int32_t* sums) const {
    for (std::size_t row = 0; row < p.m; ++row) {
      for (std::size_t c = 0; c < p.n; ++c) {
        const double sum = static_cast<double>(sums[row * p.ldc + c]) + offsets[c];
        if (std::abs(sum * static_cast<double>(multipliers[c])) > Requantization::kMostBounded) return false;
      }
    }
    return true;
  }
  [[nodiscard]] Requantization Codes(std::uint8_t* codes, bool is_bounded = false) const {
    return {.offsets = offsets.data(),
            .multipliers = multipliers.data(),
            .zero_point = 7,
            .low = 3,
            .high = 250,
            .codes = codes,
            .ld_codes = p.ldc,
            .weight_zero_points = all ? zero_points.data() : nullptr,
            .row_sums = row_sums.data(),
            .is_bounded = is_bounded};
  }

  const Problem& p;
  bool all;
  std::size_t rows_per_group;
  std::vector<QParams> q;
  std::vector<float> weight_scales, bias;
  std::vector<std::int8_t> zero_points;
  std::vector<std::int32_t> offsets;
  std::vector<float> multipliers;
  std::vector<std::int32_t> row_sums;
};

/// y and its ranges, by the definition of the one kernel and the reference of the other.
void CheckOutputs(const Problem& p, RandomData& random, Activation activation, bool all, std::size_t rows_per_group) {
  const Outputs outputs(p, random, all, rows_per_group);
  const Guarded<std::int32_t> sums = Naive(p);
  const auto empty = MinMax{std::numeric_limits<float>::infinity(), -std::numeric_limits<float>::infinity()};
  const std::vector<MinMax> no_ranges((p.m + rows_per_group - 1) / rows_per_group, empty);
  // What accumulates starts from this.
  Guarded<float> start(p.m * p.ldc, 1);
  const auto before = random.Floats(p.n, 5.0f);
  for (std::size_t row = 0; row < p.m; ++row) std::copy(before.begin(), before.end(), start.data() + row * p.ldc);

  Guarded<std::int32_t> sums_there = sums;
  Guarded<float> expected = start;
  std::vector<MinMax> expected_ranges = no_ranges;
  const Packed reference(AllGemmU8S8S32().front(), p);
  DequantizeGemm_Reference(
      {p.m, p.n, sums_there.data(), p.ldc,
       outputs.Floats(reference.column_sums(), activation, expected.data(), expected_ranges.data())});
  Guarded<std::uint8_t> expected_codes(p.m * p.ldc, 1);
  RequantizeGemm_Reference({p.m, p.n, sums_there.data(), p.ldc, outputs.Codes(expected_codes.data())});

  for (const GemmU8S8S32Kernel& kernel : Kernels()) {
    INFO(kernel.name << " m " << p.m << " n " << p.n << " k " << p.k << " all " << all << " rows per group "
                     << rows_per_group << " int4 " << p.is_int4);
    const Packed packed(kernel, p);
    REQUIRE(packed.column_sums() == reference.column_sums());
    for (const bool with_ranges : {false, true}) {
      Guarded<float> y = start;
      std::vector<MinMax> ranges = no_ranges;
      kernel.dequantize(packed.args(), outputs.Floats(packed.column_sums(), activation, y.data(),
                                                      with_ranges ? ranges.data() : nullptr));
      REQUIRE(y == expected);
      for (std::size_t i = 0; with_ranges && i < ranges.size(); ++i) {
        REQUIRE(ranges[i].min == expected_ranges[i].min);
        REQUIRE(ranges[i].max == expected_ranges[i].max);
      }
    }
    for (const bool is_bounded : {false, true}) {
      if (is_bounded && !outputs.AreBounded(sums_there.data())) continue;
      Guarded<std::uint8_t> codes(p.m * p.ldc, 1);
      kernel.requantize(packed.args(), outputs.Codes(codes.data(), is_bounded));
      REQUIRE(codes == expected_codes);
    }
  }
}

}  // namespace

TEST_CASE("gemm_u8s8s32 equals the definition over every size around the tiles", "[kernels]") {
  RandomData random(1);
  std::size_t most_rows = 0;
  std::size_t most_columns = 0;
  for (const GemmU8S8S32Kernel& kernel : Kernels()) {
    most_rows = std::max(most_rows, 2 * kernel.mr + 1);
    // A single row takes four panels at a time.
    most_columns = std::max(most_columns, 4 * kernel.nr + 1);
  }
  for (const std::size_t k : {1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 33}) {
    for (std::size_t m = 1; m <= most_rows; ++m) {
      for (std::size_t n = 1; n <= most_columns; ++n) {
        if (m > 1 && n > 18 && n < 31) continue;
        Problem problem(m, n, k, (m + n) % 3, (m + k) % 2 * 3);
        problem.is_int4 = (m + n + k) % 5 == 0;
        problem.Randomize(random);
        CheckAll(problem);
      }
    }
  }
}

TEST_CASE("gemm_u8s8s32 equals the definition over several blocks and long reductions", "[kernels]") {
  RandomData random(2);
  for (const bool is_int4 : {false, true}) {
    for (const std::size_t k : {511, 512, 513, 1025}) {
      for (const std::size_t m : {1, 2, 7, 25}) {
        for (const std::size_t n : {1, 13, 24, 65}) {
          Problem problem(m, n, k, m, 2);
          problem.is_int4 = is_int4;
          problem.Randomize(random);
          CheckAll(problem);
        }
      }
    }
    Problem large(67, 131, 300, 0, 0);
    large.is_int4 = is_int4;
    large.Randomize(random);
    CheckAll(large);
  }
}

TEST_CASE("gemm_u8s8s32 makes of its sums what the second pass makes of them", "[kernels]") {
  RandomData random(4);
  const ActivationKind kinds[] = {
#define ALICE_ACTIVATION(kind, formula) ActivationKind::kind,
#include "numeric/activation.inc"
#undef ALICE_ACTIVATION
  };
  Activation activation;
  activation.low = -1.0f;
  activation.high = 2.5f;
  for (const ActivationKind kind : kinds) {
    activation.kind = kind;
    for (const std::size_t m : {1, 2, 3, 5, 6, 7, 12, 13, 25, 49}) {
      for (const std::size_t n : {1, 2, 3, 4, 5, 7, 8, 9, 15, 17, 24, 25, 31, 32, 33, 65}) {
        Problem p(m, n, 1 + (m * n) % 21, m % 2, n % 3);
        p.is_int4 = (m + n) % 4 == 0;
        p.Randomize(random);
        const std::size_t rows_per_group = std::array<std::size_t, 3>{1, 3, m}[(m + n) % 3];
        CheckOutputs(p, random, activation, (m + n / 2) % 2 == 0, rows_per_group);
      }
    }
  }
}

TEST_CASE("a NaN among its outputs does not touch a range", "[kernels]") {
  RandomData random(5);
  Problem p(3, 11, 4, 0, 0);
  p.Randomize(random);
  for (const GemmU8S8S32Kernel& kernel : Kernels()) {
    INFO(kernel.name);
    const Packed packed(kernel, p);
    Outputs outputs(p, random, false, 1);
    outputs.weight_scales.assign(p.n, std::numeric_limits<float>::quiet_NaN());
    outputs.weight_scales[5] = 1.0f;
    outputs.q.assign(p.m, {1.0f, 0});
    std::vector<float> y(p.m * p.ldc);
    std::vector<MinMax> ranges(p.m, {2.0f, 2.0f});
    kernel.dequantize(packed.args(), outputs.Floats(packed.column_sums(), {}, y.data(), ranges.data()));
    for (std::size_t row = 0; row < p.m; ++row) {
      CHECK(ranges[row].min == std::min(2.0f, y[row * p.ldc + 5]));
      CHECK(ranges[row].max == std::max(2.0f, y[row * p.ldc + 5]));
    }
  }
}

TEST_CASE("gemm_u8s8s32 is exact at the ends of the codes", "[kernels]") {
  for (const int a : {0, 1, 127, 128, 255}) {
    for (const int b : {-128, -127, -8, -1, 0, 1, 7, 127}) {
      for (const bool is_int4 : {false, true}) {
        if (is_int4 && (b < -8 || b > 7)) continue;
        Problem problem(5, 9, 37, 1, 1);
        problem.is_int4 = is_int4;
        problem.a.assign(problem.a.size(), static_cast<std::uint8_t>(a));
        problem.b.assign(problem.b.size(), static_cast<std::int8_t>(b));
        CheckAll(problem);
        Guarded<std::int32_t> c = Run(AllGemmU8S8S32().front(), problem);
        CHECK(c[0] == 37 * a * b);
      }
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
    const std::size_t head = kernel.dot == DotMeaning::signed_signed ? kernel.nr * sizeof(std::int32_t) : 0;
    CHECK(bytes ==
          (3 + kernel.nr - 1) / kernel.nr * (head + kernel.nr * ((2 + kernel.kr - 1) / kernel.kr * kernel.kr)));
    CHECK(PackedBytesU8S8S32(kernel, 2, 3, true) * 2 <= bytes + head);
    Guarded<std::int8_t> packed(bytes);
    Guarded<std::int8_t> untouched(bytes);
    Guarded<std::int32_t> sums(3);
    PackU8S8S32(kernel, {.k = 2, .n = 3, .b = b, .packed = packed.data(), .column_sums = sums.data()});
    CHECK(sums[0] == 5);
    CHECK(sums[1] == 7);
    CHECK(sums[2] == -125);
    // Nothing outside the packed bytes is written.
    std::copy_n(packed.data(), bytes, untouched.data());
    CHECK(packed == untouched);
  }
}

}  // namespace alice
