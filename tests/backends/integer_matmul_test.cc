#include <cmath>
#include <cstdint>
#include <limits>
#include <random>

#include "allocation_counter.h"
#include "backends/op_model.h"

namespace alice {
namespace {

template <typename T>
std::vector<T> RandomCodes(std::size_t count, std::mt19937& random) {
  std::vector<T> codes(count);
  for (T& code : codes) code = static_cast<T>(random());
  // The extremes are where a wrong sign or an overflow shows.
  if (count > 1) codes.front() = std::numeric_limits<T>::min();
  codes.back() = std::numeric_limits<T>::max();
  return codes;
}

/// Σ (a − za)(b − zb) of ONNX MatMulInteger for [batch, m, k] · [batch, k, n], by the formula. Zero points lie along
/// rows of A and columns of B, over all batches.
template <typename A, typename B>
std::vector<std::int32_t> Product(std::size_t batch, std::size_t m, std::size_t n, std::size_t k,
                                  const std::vector<A>& a, const std::vector<B>& b, const std::vector<A>& a_zeros,
                                  const std::vector<B>& b_zeros) {
  std::vector<std::int32_t> y;
  for (std::size_t row = 0; row < batch * m; ++row) {
    for (std::size_t column = 0; column < n; ++column) {
      const std::size_t matrix = row / m;
      std::int32_t sum = 0;
      for (std::size_t i = 0; i < k; ++i) {
        sum += (std::int32_t{a[row * k + i]} - a_zeros[row % a_zeros.size()]) *
               (std::int32_t{b[(matrix * k + i) * n + column]} - b_zeros[(matrix * n + column) % b_zeros.size()]);
      }
      y.push_back(sum);
    }
  }
  return y;
}

struct Sizes {
  std::size_t batch, m, n, k;
};

Shape Matrices(std::size_t batch, std::size_t rows, std::size_t columns) {
  const auto size = [](std::size_t value) { return static_cast<std::int64_t>(value); };
  return batch == 1 ? Shape{size(rows), size(columns)} : Shape{size(batch), size(rows), size(columns)};
}

template <typename A, typename B>
void CheckMatMulInteger(const Sizes& sizes, bool per_row_and_column, bool constant_b, Isa isa) {
  const auto [batch, m, n, k] = sizes;
  CAPTURE(batch, m, n, k, per_row_and_column, constant_b, DTypeName(DTypeOf<A>), DTypeName(DTypeOf<B>), IsaName(isa));
  std::mt19937 random(static_cast<unsigned>(7 * m + 11 * n + k));
  const auto a = RandomCodes<A>(batch * m * k, random);
  const auto b = RandomCodes<B>(batch * k * n, random);
  const auto a_zeros = RandomCodes<A>(per_row_and_column ? batch * m : 1, random);
  const auto b_zeros = RandomCodes<B>(per_row_and_column ? batch * n : 1, random);

  OpModel model;
  const ValueId a_id = model.Operand("a", Matrices(batch, m, k), a, false);
  const ValueId b_id = model.Operand("b", Matrices(batch, k, n), b, constant_b);
  const Shape row_zeros = per_row_and_column ? Matrices(batch, m, 1) : Shape{};
  const Shape column_zeros = per_row_and_column ? Matrices(batch, 1, n) : Shape{1};
  const ValueId za = model.Operand("za", row_zeros, a_zeros, constant_b);
  const ValueId zb = model.Operand("zb", column_zeros, b_zeros, constant_b);
  model.Output(model.Op(OpKind::MatMulInteger, {a_id, b_id, za, zb}));
  const Session session = model.Run(isa);
  CHECK(OutputOf<std::int32_t>(session) == Product(batch, m, n, k, a, b, a_zeros, b_zeros));
}

}  // namespace

TEST_CASE("MatMulInteger is the exact sum for every combination of types and zero points", "[backends]") {
  for (const Isa isa : {Isa::reference, Isa::simd128}) {
    for (const Sizes& sizes : {Sizes{1, 1, 1, 1}, Sizes{1, 19, 13, 37}, Sizes{3, 17, 5, 16}}) {
      for (const bool per_row_and_column : {false, true}) {
        for (const bool constant_b : {false, true}) {
          CheckMatMulInteger<std::uint8_t, std::int8_t>(sizes, per_row_and_column, constant_b, isa);
          CheckMatMulInteger<std::uint8_t, std::uint8_t>(sizes, per_row_and_column, constant_b, isa);
          CheckMatMulInteger<std::int8_t, std::int8_t>(sizes, per_row_and_column, constant_b, isa);
          CheckMatMulInteger<std::int8_t, std::uint8_t>(sizes, per_row_and_column, constant_b, isa);
        }
      }
    }
  }
}

TEST_CASE("MatMulInteger without zero points, with batches that broadcast and with vectors", "[backends]") {
  OpModel model;
  const ValueId a = model.Operand<std::int8_t>("a", {2, 1, 1, 2}, {1, -2, 3, 4}, false);
  const ValueId b = model.Operand<std::uint8_t>("b", {2, 2, 1}, {10, 20, 30, 255}, true);
  const ValueId row = model.Operand<std::uint8_t>("row", {2}, {1, 255}, false);
  const ValueId zero = model.Operand<std::uint8_t>("zero", {}, {5}, false);
  model.Output(model.Op(OpKind::MatMulInteger, {a, b}));
  model.Output(model.Op(OpKind::MatMulInteger, {row, b, kNoValue, zero}));
  model.Output(model.Op(OpKind::MatMulInteger, {row, row, zero}));
  const Session session = model.Run(BestIsa());
  CHECK(session.Output(0).shape == Shape{2, 2, 1, 1});
  CHECK(OutputOf<std::int32_t>(session, 0) == std::vector<std::int32_t>{-30, -480, 110, 1110});
  CHECK(session.Output(1).shape == Shape{2, 1});
  CHECK(OutputOf<std::int32_t>(session, 1) == std::vector<std::int32_t>{5 + 255 * 15, 25 + 255 * 250});
  CHECK(session.Output(2).shape == Shape{});
  CHECK(OutputOf<std::int32_t>(session, 2) == std::vector<std::int32_t>{-4 + 250 * 255});
}

TEST_CASE("the longest integer product is exact, a longer one is refused by name", "[backends]") {
  constexpr std::int64_t kLongest = 33025;
  const bool is_longer = GENERATE(false, true);
  const bool constant_b = GENERATE(false, true);
  const std::int64_t k = is_longer ? kLongest + 1 : kLongest;
  const auto count = static_cast<std::size_t>(k);
  OpModel model;
  const ValueId a = model.Operand("a", {1, k}, std::vector<std::uint8_t>(count, 255), false);
  const ValueId b = model.Operand("b", {k, 1}, std::vector<std::int8_t>(count, -128), constant_b);
  const ValueId zero = model.Operand<std::int8_t>("zero", {}, {127}, false);
  model.Output(model.Op(OpKind::MatMulInteger, {a, b, kNoValue, zero}, {}, "long_one"));
  if (!is_longer) {
    const Session session = model.Run(BestIsa());
    CHECK(OutputOf<std::int32_t>(session) == std::vector<std::int32_t>{-255 * 255 * 33025});
    return;
  }
  const auto session = model.Load(BestIsa());
  REQUIRE_FALSE(session.ok());
  CHECK(session.error().code == ErrorCode::reduction_too_long);
  CHECK(session.error().node == "long_one");
}

TEST_CASE("products without elements or terms", "[backends]") {
  OpModel model;
  const ValueId a = model.Constant<std::uint8_t>("a", {2, 0}, {});
  const ValueId b = model.Constant<std::uint8_t>("b", {0, 3}, {});
  const ValueId none = model.Constant<std::uint8_t>("none", {2, 0}, {});
  const ValueId square = model.Constant<std::uint8_t>("square", {2, 2}, {1, 2, 3, 4});
  model.Output(model.Op(OpKind::MatMulInteger, {a, b}));
  model.Output(model.Op(OpKind::MatMulInteger, {square, none}));
  const Session session = model.Run(BestIsa());
  CHECK(OutputOf<std::int32_t>(session) == std::vector<std::int32_t>(6, 0));
  CHECK(session.Output(1).shape == Shape{2, 0});
}

TEST_CASE("QLinearMatMul rescales per row and column, rounds half to even and saturates", "[backends]") {
  for (const bool constant : {false, true}) {
    OpModel model;
    const ValueId a = model.Operand<std::uint8_t>("a", {2, 1}, {3, 130}, false);
    const ValueId sa = model.Operand<float>("sa", {2}, {0.5f, 1.0f}, constant);
    const ValueId za = model.Operand<std::uint8_t>("za", {2}, {2, 128}, constant);
    const ValueId b = model.Operand<std::int8_t>("b", {1, 4}, {1, 3, -5, 100}, constant);
    const ValueId sb = model.Operand<float>("sb", {1, 4}, {1.0f, 1.0f, 1.0f, 2.0f}, constant);
    const ValueId zb = model.Operand<std::int8_t>("zb", {1, 4}, {0, 0, 0, -28}, constant);
    const ValueId sy = model.Operand<float>("sy", {}, {1.0f}, constant);
    const ValueId zy = model.Operand<std::int8_t>("zy", {}, {-1}, constant);
    model.Output(model.Op(OpKind::QLinearMatMul, {a, sa, za, b, sb, zb, sy, zy}));
    const Session session = model.Run(BestIsa());
    // Row 0: (1, 3, −5) / 2 → 0, 2, −2; 128 · 0.5 · 2 = 128. Row 1: 2 · (1, 3, −5) and 2 · 128 · 2.
    CHECK(OutputOf<std::int8_t>(session) == std::vector<std::int8_t>{-1, 1, -3, 127, 1, 5, -11, 127});
  }
}

TEST_CASE("a scale of QLinearMatMul that is no number gives a code, not undefined behaviour", "[backends]") {
  for (const float scale : {0.0f, std::numeric_limits<float>::infinity(), std::nanf("")}) {
    OpModel model;
    const ValueId a = model.Operand<std::uint8_t>("a", {1, 1}, {7}, false);
    const ValueId one = model.Operand<float>("one", {}, {1.0f}, false);
    const ValueId zero = model.Operand<std::uint8_t>("zero", {}, {0}, false);
    const ValueId sy = model.Operand<float>("sy", {}, {scale}, false);
    model.Output(model.Op(OpKind::QLinearMatMul, {a, one, zero, a, one, zero, sy, zero}));
    const Session session = model.Run(BestIsa());
    CHECK(OutputOf<std::uint8_t>(session)[0] == (scale == 0.0f ? 255 : 0));
  }
}

TEST_CASE("a product with weights that arrive at run time allocates nothing", "[backends]") {
  OpModel model;
  const ValueId a = model.Operand("a", {3, 20}, std::vector<std::uint8_t>(60, 9), false);
  const ValueId b = model.Operand("b", {20, 7}, std::vector<std::uint8_t>(140, 3), false);
  model.Output(model.Op(OpKind::MatMulInteger, {a, b}));
  Session session = model.Run(BestIsa());
  const std::size_t before = AllocationCount();
  session.Run(Precision::fp32);
  CHECK(AllocationCount() == before);
}

}  // namespace alice
