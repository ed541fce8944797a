#include <cstdint>
#include <limits>

#include "backends/op_model.h"

namespace alice {
namespace {

template <typename T>
void CheckWrapping() {
  CAPTURE(DTypeName(DTypeOf<T>));
  constexpr T kLow = std::numeric_limits<T>::min();
  constexpr T kHigh = std::numeric_limits<T>::max();
  OpModel model;
  const ValueId a = model.Operand<T>("a", {2, 2}, {kHigh, kLow, T{3}, kHigh}, false);
  const ValueId b = model.Operand<T>("b", {2}, {T{1}, T{2}}, true);
  for (const OpKind kind : {OpKind::Add, OpKind::Sub, OpKind::Mul}) model.Output(model.Op(kind, {a, b}));
  const Session session = model.Run(BestIsa());
  CHECK(OutputOf<T>(session, 0) == std::vector<T>{kLow, static_cast<T>(kLow + 2), T{4}, static_cast<T>(kLow + 1)});
  CHECK(OutputOf<T>(session, 1) ==
        std::vector<T>{static_cast<T>(kHigh - 1), static_cast<T>(kHigh - 1), T{2}, static_cast<T>(kHigh - 2)});
  CHECK(OutputOf<T>(session, 2) == std::vector<T>{kHigh, T{0}, T{3}, static_cast<T>(-2)});
}

}  // namespace

TEST_CASE("integers wrap around", "[backends]") {
  CheckWrapping<std::uint8_t>();
  CheckWrapping<std::int8_t>();
  CheckWrapping<std::int32_t>();
  CheckWrapping<std::int64_t>();
}

TEST_CASE("MatMul broadcasts batches and takes vectors", "[backends]") {
  for (const Isa isa : {Isa::reference, Isa::simd128}) {
    OpModel model;
    const ValueId a = model.Operand<float>("a", {2, 1, 1, 2}, {1, 2, 3, 4}, false);
    const ValueId b = model.Operand<float>("b", {3, 2, 2}, {1, 0, 0, 1, 2, 0, 0, 2, 0, 1, 1, 0}, true);
    const ValueId v = model.Operand<float>("v", {2}, {1, 10}, false);
    model.Output(model.Op(OpKind::MatMul, {a, b}));
    model.Output(model.Op(OpKind::MatMul, {v, b}));
    model.Output(model.Op(OpKind::MatMul, {b, v}));
    model.Output(model.Op(OpKind::MatMul, {v, v}));
    const Session session = model.Run(isa);
    CHECK(session.Output(0).shape == Shape{2, 3, 1, 2});
    CHECK(OutputOf<float>(session, 0) == std::vector<float>{1, 2, 2, 4, 2, 1, 3, 4, 6, 8, 4, 3});
    CHECK(session.Output(1).shape == Shape{3, 2});
    CHECK(OutputOf<float>(session, 1) == std::vector<float>{1, 10, 2, 20, 10, 1});
    CHECK(session.Output(2).shape == Shape{3, 2});
    CHECK(OutputOf<float>(session, 2) == std::vector<float>{1, 10, 2, 20, 10, 1});
    CHECK(session.Output(3).shape == Shape{});
    CHECK(OutputOf<float>(session, 3) == std::vector<float>{101});
  }
}

}  // namespace alice
