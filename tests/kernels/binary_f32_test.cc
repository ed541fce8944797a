#include "kernels/binary_f32/binary_f32.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <limits>

#include "guarded.h"
#include "kernels/random_data.h"

namespace alice {
namespace {

constexpr BinaryOp kOps[] = {
#define ALICE_BINARY_OP(name, kind, expression) BinaryOp::name,
#include "kernels/binary_f32/binary_op.inc"
#undef ALICE_BINARY_OP
};

std::size_t Elements(const Shape& shape) { return static_cast<std::size_t>(shape.elements()); }

/// The index into an operand of shape `operand` that broadcasts to element `index` of `result`, from the definition:
/// aligned at the last axis, an axis of size 1 repeats.
std::size_t NaiveIndex(std::size_t index, const Shape& result, const Shape& operand) {
  std::size_t position = 0;
  std::size_t stride = 1;
  for (std::size_t i = 1; i <= operand.rank(); ++i) {
    const auto size = static_cast<std::size_t>(result[result.rank() - i]);
    const auto operand_size = static_cast<std::size_t>(operand[operand.rank() - i]);
    if (operand_size != 1) position += index % size * stride;
    stride *= operand_size;
    index /= size;
  }
  return position;
}

float NaiveOp(BinaryOp op, float a, float b) {
  switch (op) {
    case BinaryOp::add:
      return a + b;
    case BinaryOp::sub:
      return a - b;
    case BinaryOp::mul:
      return a * b;
    case BinaryOp::div:
      return a / b;
    case BinaryOp::max:
      return std::max(a, b);
    case BinaryOp::min:
      return std::min(a, b);
    case BinaryOp::prelu:
      return a >= 0.0f ? a : a * b;
  }
  return 0.0f;
}

void CheckAll(RandomData& random, const Shape& a_shape, const Shape& b_shape, const Shape& result) {
  const std::vector<float> a = random.Floats(Elements(a_shape), 1e10f);
  const std::vector<float> b = random.Floats(Elements(b_shape), 1e10f);
  const Activation relu{ActivationKind::relu};
  const BroadcastPlan plan = MakeBroadcastPlan(a_shape, b_shape);
  const std::size_t n = Elements(result);
  REQUIRE(plan.elements == n);
  for (const BinaryOp op : kOps) {
    for (const Activation& activation : {Activation{}, relu}) {
      Guarded<float> expected(n, 1);
      for (std::size_t i = 0; i < n; ++i) {
        const float value = NaiveOp(op, a[NaiveIndex(i, result, a_shape)], b[NaiveIndex(i, result, b_shape)]);
        expected[i] = Apply(activation, value);
      }
      for (const BinaryF32Kernel& kernel : AllBinaryF32()) {
        INFO(kernel.name << " " << a_shape.ToString() << " with " << b_shape.ToString() << " op "
                         << static_cast<int>(op));
        Guarded<float> y(n, 1);
        kernel.run(op, plan, a.data(), b.data(), activation, y.data());
        REQUIRE(y == expected);
        if (a_shape == result) {
          Guarded<float> in_place(n, 1);
          std::copy(a.begin(), a.end(), in_place.data());
          kernel.run(op, plan, in_place.data(), b.data(), activation, in_place.data());
          REQUIRE(in_place == expected);
        }
      }
    }
  }
}

}  // namespace

TEST_CASE("binary_f32 by hand", "[kernels]") {
  const float a[] = {1, 2, 3, 4, 5, 6};  // [2, 3]
  const float b[] = {10, 20, 30};        // [3]
  const BroadcastPlan plan = MakeBroadcastPlan({2, 3}, {3});
  for (const BinaryF32Kernel& kernel : AllBinaryF32()) {
    INFO(kernel.name);
    float y[6];
    kernel.run(BinaryOp::sub, plan, a, b, {}, y);
    const float expected[] = {-9, -18, -27, -6, -15, -24};
    for (std::size_t i = 0; i < 6; ++i) CHECK(y[i] == expected[i]);
  }
}

TEST_CASE("binary_f32 broadcasts any axis of either operand", "[kernels]") {
  RandomData random(12);
  const std::int64_t full[] = {2, 3, 4, 5};
  for (unsigned a_mask = 0; a_mask < 16; ++a_mask) {
    for (unsigned b_mask = 0; b_mask < 16; ++b_mask) {
      Shape a;
      Shape b;
      Shape result;
      for (std::size_t axis = 0; axis < 4; ++axis) {
        const bool a_full = (a_mask >> axis & 1) != 0;
        const bool b_full = (b_mask >> axis & 1) != 0;
        a.Append(a_full ? full[axis] : 1);
        b.Append(b_full ? full[axis] : 1);
        result.Append(a_full || b_full ? full[axis] : 1);
      }
      CheckAll(random, a, b, result);
    }
  }
}

TEST_CASE("binary_f32 takes operands of different rank, and empty ones", "[kernels]") {
  RandomData random(13);
  CheckAll(random, {}, {}, {});
  CheckAll(random, {}, {5}, {5});
  CheckAll(random, {3, 5}, {}, {3, 5});
  CheckAll(random, {5}, {3, 5}, {3, 5});
  CheckAll(random, {4, 1}, {2, 1, 3}, {2, 4, 3});
  CheckAll(random, {2, 1, 2, 1, 2, 1, 2, 3}, {1, 2, 1, 2, 1, 2, 1, 3}, {2, 2, 2, 2, 2, 2, 2, 3});
  CheckAll(random, {0, 3}, {3}, {0, 3});
  CheckAll(random, {2, 0}, {1}, {2, 0});
}

TEST_CASE("binary_f32 equals the definition over every row length", "[kernels]") {
  RandomData random(14);
  for (std::int64_t n = 1; n <= 18; ++n) {
    CheckAll(random, {n}, {n}, {n});
    CheckAll(random, {n}, {1}, {n});
    CheckAll(random, {1}, {n}, {n});
    CheckAll(random, {3, n}, {n}, {3, n});
    CheckAll(random, {3, n}, {3, 1}, {3, n});
  }
}

TEST_CASE("a NaN stays in the maximum and the minimum, of zeros the first", "[kernels]") {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const float a[] = {nan, 1.0f, 0.0f, -0.0f, -3.0f, 2.0f};
  const float b[] = {1.0f, nan, -0.0f, 0.0f, 2.0f, -3.0f};
  const BroadcastPlan plan = MakeBroadcastPlan({6}, {6});
  for (const BinaryF32Kernel& kernel : AllBinaryF32()) {
    INFO(kernel.name);
    float max[6];
    float min[6];
    kernel.run(BinaryOp::max, plan, a, b, {}, max);
    kernel.run(BinaryOp::min, plan, a, b, {}, min);
    for (const float* y : {max, min}) {
      CHECK(std::isnan(y[0]));
      CHECK(std::isnan(y[1]));
      CHECK((y[2] == 0.0f && !std::signbit(y[2])));
      CHECK((y[3] == 0.0f && std::signbit(y[3])));
    }
    CHECK((max[4] == 2.0f && max[5] == 2.0f && min[4] == -3.0f && min[5] == -3.0f));
  }
}

TEST_CASE("a broadcast plan repeats both operands along axes that only the result has", "[kernels]") {
  const BroadcastPlan plan = MakeBroadcastPlan({3, 1}, {1}, {2, 3, 4});
  REQUIRE(plan.rank == 3);
  CHECK(plan.elements == 24);
  const std::size_t sizes[] = {2, 3, 4};
  const std::size_t a_strides[] = {0, 1, 0};
  for (std::size_t axis = 0; axis < 3; ++axis) {
    CHECK(plan.axes[axis].size == sizes[axis]);
    CHECK(plan.axes[axis].a_stride == a_strides[axis]);
    CHECK(plan.axes[axis].b_stride == 0);
  }
}

TEST_CASE("a broadcast plan merges the axes that behave alike", "[kernels]") {
  CHECK(MakeBroadcastPlan({2, 3, 4}, {2, 3, 4}).rank == 1);
  CHECK(MakeBroadcastPlan({2, 3, 4}, {1}).rank == 1);
  CHECK(MakeBroadcastPlan({}, {2, 3, 4}).rank == 1);
  CHECK(MakeBroadcastPlan({}, {}).rank == 1);
  CHECK(MakeBroadcastPlan({2, 3, 4}, {4}).rank == 2);
  CHECK(MakeBroadcastPlan({2, 3, 4}, {3, 4}).rank == 2);
  CHECK(MakeBroadcastPlan({2, 1, 3, 1, 4}, {2, 5, 3, 6, 1}).rank == 5);
}

}  // namespace alice
