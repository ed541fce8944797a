#include "kernels/gemm_f32/gemm_f32.h"

#include <catch2/catch.hpp>
#include <cmath>

#include "guarded.h"
#include "kernels/random_data.h"
#include "tensor/buffer.h"

namespace alice {
namespace {

struct Problem {
  std::size_t m, n, k, lda, ldb, ldc;
  std::vector<float> a;
  std::vector<float> b;  ///< with the slack a kernel may read, and no more
  std::vector<float> bias;
  Activation activation;

  Problem(std::size_t rows, std::size_t columns, std::size_t reduction, std::size_t pad)
      : m(rows),
        n(columns),
        k(reduction),
        lda(k + pad),
        ldb(n + pad),
        ldc(n + pad),
        a((m - 1) * lda + k),
        b((k - 1) * ldb + n + kBufferSlack / sizeof(float)),
        bias(n) {}

  void Randomize(RandomData& random, float limit) {
    a = random.Floats(a.size(), limit);
    b = random.Floats(b.size(), limit);
    bias = random.Floats(n, limit);
  }

  [[nodiscard]] GemmF32Args Args(float* c, bool biased) const {
    return {m, n, k, a.data(), lda, b.data(), ldb, biased ? bias.data() : nullptr, activation, c, ldc};
  }
};

/// The B of a problem, packed, with the slack a kernel may read, and no more.
std::vector<float> PackedB(const Problem& p) {
  std::vector<float> rows;
  for (std::size_t i = 0; i < p.k; ++i) rows.insert(rows.end(), &p.b[i * p.ldb], &p.b[i * p.ldb] + p.n);
  std::vector<float> packed(rows.size() + kBufferSlack / sizeof(float));
  PackF32(p.k, p.n, rows.data(), packed.data());
  return packed;
}

/// Whether a kernel rounds a product and its addition as one: (1 + 2^-12)² − (1 + 2^-11) is 2^-24 then, else 0.
bool Fuses(const GemmF32Kernel& kernel) {
  constexpr float kEps = 0x1p-12f;
  Problem p(1, 1, 2, 0);
  p.a = {-(1.0f + 2.0f * kEps), 1.0f + kEps};
  p.b[0] = 1.0f;
  p.b[1] = 1.0f + kEps;
  float c = 0.0f;
  kernel.run(p.Args(&c, false));
  return c != 0.0f;
}

/// The reference, with each product and its addition rounded as one.
void FusedReference(const GemmF32Args& args) {
  for (std::size_t row = 0; row < args.m; ++row) {
    for (std::size_t column = 0; column < args.n; ++column) {
      float sum = 0.0f;
      for (std::size_t i = 0; i < args.k; ++i) {
        sum = std::fma(args.a[row * args.lda + i], args.b[i * args.ldb + column], sum);
      }
      if (args.bias != nullptr) sum += args.bias[column];
      args.c[row * args.ldc + column] = Apply(args.activation, sum);
    }
  }
}

void CheckAgainstReference(const Problem& p) {
  const std::vector<float> packed = PackedB(p);
  for (const bool biased : {false, true}) {
    Guarded<float> separate(p.m * p.ldc, 1);
    GemmF32_Reference(p.Args(separate.data(), biased));
    Guarded<float> fused(p.m * p.ldc, 1);
    FusedReference(p.Args(fused.data(), biased));
    for (const GemmF32Kernel& kernel : AllGemmF32()) {
      const Guarded<float>& expected = Fuses(kernel) ? fused : separate;
      INFO(kernel.name << " m " << p.m << " n " << p.n << " k " << p.k << " bias " << biased);
      Guarded<float> c(p.m * p.ldc, 1);
      kernel.run(p.Args(c.data(), biased));
      REQUIRE(c == expected);
      Guarded<float> of_packed(p.m * p.ldc, 1);
      GemmF32Args args = p.Args(of_packed.data(), biased);
      args.b = packed.data();
      args.ldb = kPackedF32;
      kernel.run(args);
      REQUIRE(of_packed == expected);
    }
  }
}

}  // namespace

TEST_CASE("gemm_f32 is exact where integers are", "[kernels]") {
  RandomData random(7);
  for (const std::size_t m : {1, 2, 5, 9}) {
    for (const std::size_t n : {1, 3, 6, 8, 11, 35}) {
      for (const std::size_t k : {1, 2, 17, 300}) {
        Problem p(m, n, k, 2);
        const auto a = random.Integers<std::int32_t>(p.a.size(), -8, 8);
        const auto b = random.Integers<std::int32_t>(p.b.size(), -8, 8);
        const auto bias = random.Integers<std::int32_t>(n, -100, 100);
        p.a.assign(a.begin(), a.end());
        p.b.assign(b.begin(), b.end());
        p.bias.assign(bias.begin(), bias.end());
        p.activation.kind = ActivationKind::relu;
        Guarded<float> expected(m * p.ldc, 1);
        for (std::size_t row = 0; row < m; ++row) {
          for (std::size_t column = 0; column < n; ++column) {
            std::int64_t sum = bias[column];
            for (std::size_t i = 0; i < k; ++i) sum += std::int64_t{a[row * p.lda + i]} * b[i * p.ldb + column];
            expected[row * p.ldc + column] = static_cast<float>(sum > 0 ? sum : 0);
          }
        }
        for (const GemmF32Kernel& kernel : AllGemmF32()) {
          INFO(kernel.name << " m " << m << " n " << n << " k " << k);
          Guarded<float> c(m * p.ldc, 1);
          kernel.run(p.Args(c.data(), true));
          REQUIRE(c == expected);
        }
      }
    }
  }
}

TEST_CASE("gemm_f32 adds in the order of k, and only relaxed kernels fuse", "[kernels]") {
  struct Case {
    std::vector<float> a, b;
    float bias, expected;
  };
  const float eps = 0x1p-12f;
  const Case cases[] = {
      // (2^24 + 1) − 2^24 is 0 in this order of additions (the tie goes to 2^24), 1 in any other.
      {{0x1p24f, 1.0f, -0x1p24f}, {1.0f, 1.0f, 1.0f}, 0.0f, 0.0f},
      // (1 + 2^-12)² = 1 + 2^-11 + 2^-24 rounds to 1 + 2^-11; a fused multiply-add would keep the 2^-24.
      {{-(1.0f + 2.0f * eps), 1.0f + eps}, {1.0f, 1.0f + eps}, 0.0f, 0.0f},
      // The bias comes last: 2^24 − 2^24 + 1, not 1 + 2^24 − 2^24.
      {{0x1p24f, -0x1p24f}, {1.0f, 1.0f}, 1.0f, 1.0f},
  };
  for (const GemmF32Kernel& kernel : AllGemmF32()) {
    if (kernel.isa < Isa::relaxed) CHECK_FALSE(Fuses(kernel));
    for (const Case& test : cases) {
      if (&test == &cases[1] && Fuses(kernel)) continue;
      for (const std::size_t m : {1, 3, 8}) {
        for (const std::size_t n : {1, 8, 33}) {
          const std::size_t k = test.a.size();
          Problem p(m, n, k, 0);
          for (std::size_t i = 0; i < k; ++i) {
            for (std::size_t row = 0; row < m; ++row) p.a[row * k + i] = test.a[i];
            for (std::size_t column = 0; column < n; ++column) p.b[i * n + column] = test.b[i];
          }
          p.bias.assign(n, test.bias);
          std::vector<float> c(m * n);
          kernel.run(p.Args(c.data(), true));
          INFO(kernel.name << " m " << m << " n " << n);
          REQUIRE(c == std::vector<float>(m * n, test.expected));
        }
      }
    }
  }
}

TEST_CASE("every gemm_f32 gives the reference's bits over every size around the tiles", "[kernels]") {
  RandomData random(8);
  for (std::size_t m = 1; m <= 9; ++m) {
    for (std::size_t n = 1; n <= 17; ++n) {
      for (const std::size_t k : {1, 2, 3, 12, 17}) {
        Problem p(m, n, k, (m + n + k) % 3);
        p.Randomize(random, k == 17 ? 1e15f : 2.0f);
        CheckAgainstReference(p);
      }
    }
  }
  // A single row takes 32 columns at a time.
  for (std::size_t n = 18; n <= 66; ++n) {
    Problem p(1, n, 12, 0);
    p.Randomize(random, 2.0f);
    CheckAgainstReference(p);
  }
}

TEST_CASE("every gemm_f32 gives the reference's bits across the pieces of a long reduction", "[kernels]") {
  RandomData random(9);
  for (const std::size_t k : {255, 256, 257, 512, 513, 700, 1025}) {
    for (const std::size_t m : {1, 4, 7, 8, 9, 11, 12, 13, 19}) {
      for (const std::size_t n : {1, 5, 8, 12, 23, 35}) {
        Problem p(m, n, k, 1);
        p.Randomize(random, 2.0f);
        CheckAgainstReference(p);
      }
    }
  }
}

TEST_CASE("every gemm_f32 fuses every activation as the reference does", "[kernels]") {
  RandomData random(10);
  const Activation activations[] = {
#define ALICE_ACTIVATION(kind, formula) {ActivationKind::kind, 0.1f, -0.5f, 0.75f},
#include "numeric/activation.inc"
#undef ALICE_ACTIVATION
  };
  for (const Activation& activation : activations) {
    for (const std::size_t m : {1, 3, 10}) {
      for (const std::size_t k : {5, 300}) {
        Problem p(m, 13, k, 2);
        p.Randomize(random, 1.0f);
        p.activation = activation;
        CheckAgainstReference(p);
      }
    }
  }
}

}  // namespace alice
