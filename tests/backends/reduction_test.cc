#include <cmath>
#include <cstdint>
#include <limits>

#include "backends/op_model.h"

namespace alice {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();

template <typename T>
std::vector<T> Reduced(OpKind kind, const Shape& shape, const std::vector<T>& x, ReduceAttributes attributes = {}) {
  OpModel model;
  model.Output(model.Op(kind, {model.Operand<T>("x", shape, x, false)}, attributes));
  return OutputOf<T>(model.Run(BestIsa()));
}

template <typename T>
void CheckIntegers() {
  CAPTURE(DTypeName(DTypeOf<T>));
  constexpr T kLow = std::numeric_limits<T>::min();
  const ReduceAttributes rows{.axes = {-1}, .keep_dims = false};
  const Shape shape{2, 3};
  const std::vector<T> x = {-3, 4, 6, kLow, kLow, 1};
  CHECK(Reduced<T>(OpKind::ReduceSum, shape, x, rows) == std::vector<T>{7, 1});
  CHECK(Reduced<T>(OpKind::ReduceMean, shape, x, rows) == std::vector<T>{2, 0});
  CHECK(Reduced<T>(OpKind::ReduceL1, shape, x, rows) == std::vector<T>{13, 1});
  CHECK(Reduced<T>(OpKind::ReduceSumSquare, shape, x, rows) == std::vector<T>{61, 1});
  CHECK(Reduced<T>(OpKind::ReduceProd, shape, x, rows) == std::vector<T>{-72, 0});
  CHECK(Reduced<T>(OpKind::ReduceMax, shape, x, rows) == std::vector<T>{6, 1});
  CHECK(Reduced<T>(OpKind::ReduceMin, shape, x, rows) == std::vector<T>{-3, kLow});
}

template <typename T>
void CheckOrder() {
  CAPTURE(DTypeName(DTypeOf<T>));
  OpModel model;
  const ValueId x = model.Operand<T>("x", {2, 4}, {T{3}, T{7}, T{7}, T{1}, T{2}, T{1}, T{5}, T{1}}, false);
  model.Output(model.Op(OpKind::ArgMax, {x}, ArgAttributes{.axis = 1}));
  model.Output(model.Op(OpKind::ArgMax, {x}, ArgAttributes{.axis = -1, .keep_dims = false, .select_last = true}));
  model.Output(model.Op(OpKind::ArgMin, {x}, ArgAttributes{.axis = 0}));
  for (const ValueId id : model.Nodes(OpKind::TopK, {x}, 2, TopKAttributes{.k = 3})) model.Output(id);
  for (const ValueId id : model.Nodes(OpKind::TopK, {x}, 2, TopKAttributes{.k = 1, .axis = 0, .largest = false})) {
    model.Output(id);
  }
  const Session session = model.Run(BestIsa());
  CHECK(session.Output(0).shape == Shape{2, 1});
  CHECK(OutputOf<std::int64_t>(session, 0) == std::vector<std::int64_t>{1, 2});
  CHECK(session.Output(1).shape == Shape{2});
  CHECK(OutputOf<std::int64_t>(session, 1) == std::vector<std::int64_t>{2, 2});
  CHECK(OutputOf<std::int64_t>(session, 2) == std::vector<std::int64_t>{1, 1, 1, 0});
  CHECK(OutputOf<T>(session, 3) == std::vector<T>{T{7}, T{7}, T{3}, T{5}, T{2}, T{1}});
  CHECK(OutputOf<std::int64_t>(session, 4) == std::vector<std::int64_t>{1, 2, 0, 2, 0, 1});
  CHECK(OutputOf<T>(session, 5) == std::vector<T>{T{2}, T{1}, T{5}, T{1}});
  CHECK(OutputOf<std::int64_t>(session, 6) == std::vector<std::int64_t>{1, 1, 1, 0});
}

}  // namespace

TEST_CASE("reductions of integers wrap around, means truncate", "[backends][reduction]") {
  CheckIntegers<std::int32_t>();
  CheckIntegers<std::int64_t>();
  const ReduceAttributes all;
  CHECK(Reduced<std::uint8_t>(OpKind::ReduceMax, {3}, {7, 200, 9}, all) == std::vector<std::uint8_t>{200});
  CHECK(Reduced<std::int8_t>(OpKind::ReduceMin, {3}, {7, -100, 9}, all) == std::vector<std::int8_t>{-100});
}

TEST_CASE("reductions go over any axes, however many elements they have", "[backends][reduction]") {
  // 5 · 37 · 3 elements, which are exact in float however they are summed.
  std::vector<float> x(5 * 37 * 3);
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<float>(i % 101) - 50.0f;
  const auto sum = [&](std::vector<std::size_t> shape, std::vector<bool> reduced) {
    std::size_t kept = 1;
    for (std::size_t axis = 0; axis < 3; ++axis) kept *= reduced[axis] ? 1 : shape[axis];
    std::vector<float> sums(kept);
    for (std::size_t i = 0; i < x.size(); ++i) {
      const std::size_t at[] = {i / (shape[1] * shape[2]), i / shape[2] % shape[1], i % shape[2]};
      std::size_t to = 0;
      for (std::size_t axis = 0; axis < 3; ++axis) to = reduced[axis] ? to : to * shape[axis] + at[axis];
      sums[to] += x[i];
    }
    return sums;
  };
  for (std::size_t mask = 1; mask < 8; ++mask) {
    CAPTURE(mask);
    const std::vector<bool> reduced = {(mask & 1) != 0, (mask & 2) != 0, (mask & 4) != 0};
    ReduceAttributes attributes{.axes = {}, .keep_dims = false};
    for (std::int64_t axis = 0; axis < 3; ++axis) {
      if (reduced[static_cast<std::size_t>(axis)]) attributes.axes.Append(axis - 3);
    }
    CHECK(Reduced<float>(OpKind::ReduceSum, {5, 37, 3}, x, attributes) == sum({5, 37, 3}, reduced));
    CHECK(Reduced<float>(OpKind::ReduceSum, {3, 5, 37}, x, attributes) == sum({3, 5, 37}, reduced));
  }
}

TEST_CASE("reductions of scalars, of nothing, and by none", "[backends][reduction]") {
  CHECK(Reduced<float>(OpKind::ReduceL2, {}, {-3.0f}) == std::vector<float>{3.0f});
  CHECK(Reduced<float>(OpKind::ReduceSum, {0, 2}, {}, {.axes = {0}}) == std::vector<float>{0.0f, 0.0f});
  CHECK(Reduced<float>(OpKind::ReduceProd, {0, 1}, {}, {.axes = {0}}) == std::vector<float>{1.0f});
  CHECK(Reduced<float>(OpKind::ReduceMax, {0, 1}, {}, {.axes = {0}}) == std::vector<float>{-kInfinity});
  CHECK(Reduced<float>(OpKind::ReduceMin, {0, 1}, {}, {.axes = {0}}) == std::vector<float>{kInfinity});
  CHECK(Reduced<float>(OpKind::ReduceLogSumExp, {0, 1}, {}, {.axes = {0}}) == std::vector<float>{-kInfinity});
  CHECK(std::isnan(Reduced<float>(OpKind::ReduceMean, {0, 1}, {}, {.axes = {0}})[0]));
  CHECK(Reduced<std::int32_t>(OpKind::ReduceMean, {0, 1}, {}, {.axes = {0}}) == std::vector<std::int32_t>{0});
  const std::vector<float> x = {1.0f, -2.0f};
  CHECK(Reduced<float>(OpKind::ReduceSumSquare, {2}, x, {.axes = {}, .noop_without_axes = true}) == x);
}

TEST_CASE("the logarithm of a sum of exponentials does not overflow", "[backends][reduction]") {
  const std::vector<float> y = Reduced<float>(OpKind::ReduceLogSumExp, {3, 2}, {1000, -1000, 1000, -1000, -9, -1000},
                                              {.axes = {0}, .keep_dims = false});
  // log 2 and log 3 rounded once, and the sum once more.
  CHECK(std::abs(y[0] - (1000.0f + std::log(2.0f))) <= 1000.0f * 0x1p-23f);
  CHECK(std::abs(y[1] - (-1000.0f + std::log(3.0f))) <= 1000.0f * 0x1p-23f);
  CHECK(Reduced<float>(OpKind::ReduceLogSumExp, {2}, {-kInfinity, -kInfinity})[0] == -kInfinity);
  CHECK(Reduced<float>(OpKind::ReduceLogSumExp, {2}, {kInfinity, 1.0f})[0] == kInfinity);
}

TEST_CASE("the largest and smallest elements of each type", "[backends][reduction]") {
  CheckOrder<float>();
  CheckOrder<std::uint8_t>();
  CheckOrder<std::int8_t>();
  CheckOrder<std::int32_t>();
  CheckOrder<std::int64_t>();
}

TEST_CASE("TopK holds NaN to be above all numbers", "[backends][reduction]") {
  OpModel model;
  const ValueId x = model.Operand<float>("x", {4}, {1.0f, NAN, kInfinity, NAN}, false);
  model.Output(model.Nodes(OpKind::TopK, {x}, 2, TopKAttributes{.k = 3})[1]);
  model.Output(model.Nodes(OpKind::TopK, {x}, 2, TopKAttributes{.k = 3, .largest = false})[1]);
  const Session session = model.Run(BestIsa());
  CHECK(OutputOf<std::int64_t>(session, 0) == std::vector<std::int64_t>{1, 3, 2});
  CHECK(OutputOf<std::int64_t>(session, 1) == std::vector<std::int64_t>{0, 2, 1});
}

TEST_CASE("GlobalMaxPool is the maximum of each channel", "[backends][reduction]") {
  OpModel model;
  const ValueId x = model.Operand<float>("x", {1, 2, 2, 2}, {1, 5, 2, 3, -4, -1, -2, -3}, false);
  model.Output(model.Op(OpKind::GlobalMaxPool, {x}, GlobalPoolAttributes{}));
  const Session session = model.Run(BestIsa());
  CHECK(session.Output(0).shape == Shape{1, 2, 1, 1});
  CHECK(OutputOf<float>(session) == std::vector<float>{5, -1});
}

TEST_CASE("shapes and types of reductions", "[backends][reduction]") {
  OpModel model;
  const ValueId x = model.Input("x", {model.Symbol("batch"), Dim::Known(3), Dim::Known(4)});
  const ValueId bits = model.Input("bits", {4}, DType::u8);
  const ValueId kept = model.Op(OpKind::ReduceMean, {x}, ReduceAttributes{.axes = {-1}});
  const ValueId dropped = model.Op(OpKind::ReduceMean, {x}, ReduceAttributes{.axes = {0, 2}, .keep_dims = false});
  const ValueId arg = model.Op(OpKind::ArgMax, {x}, ArgAttributes{.axis = 2, .keep_dims = false});
  REQUIRE(InferShapes(model.graph).ok());
  CHECK(model.TypeOf(kept) == "f32[batch, 3, 1]");
  CHECK(model.TypeOf(dropped) == "f32[3]");
  CHECK(model.TypeOf(arg) == "i64[batch, 3]");
  const auto error = [&](OpKind kind, ValueId input, Attributes attributes) {
    OpModel other;
    other.graph = Graph(std::move(model.graph));
    other.Op(kind, {input}, std::move(attributes), "n");
    const Status status = InferShapes(other.graph);
    other.graph.nodes.pop_back();
    model.graph = std::move(other.graph);
    return status.ok() ? std::string()
                       : std::string(ErrorCodeName(status.error().code)) + ": " + status.error().message;
  };
  CHECK(error(OpKind::ReduceSum, x, ReduceAttributes{.axes = {3}}) ==
        "shape_mismatch: ReduceSum \"n\": the axis 3 is outside of the shape [batch, 3, 4]");
  CHECK(error(OpKind::ReduceSum, bits, ReduceAttributes{}) ==
        "model_unsupported_type: ReduceSum \"n\": input \"bits\" is u8; it must be f32, i32 or i64");
  CHECK(error(OpKind::ReduceL2, bits, ReduceAttributes{}) ==
        "model_unsupported_type: ReduceL2 \"n\": input \"bits\" is u8; it must be f32");
  CHECK(error(OpKind::TopK, x, TopKAttributes{.k = 4, .axis = 1}) ==
        "shape_mismatch: TopK \"n\": the axis 1 of [batch, 3, 4] has fewer than 4 elements");
}

}  // namespace alice
