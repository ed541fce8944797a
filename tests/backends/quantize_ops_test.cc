#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>

#include "backends/op_model.h"

namespace alice {

TEST_CASE("QuantizeLinear rounds half to even and saturates, in u8 and s8", "[backends]") {
  const float infinity = std::numeric_limits<float>::infinity();
  const std::vector<float> x = {0.5f, 1.5f, -0.5f, -2.5f, 300.0f, -300.0f, infinity, -infinity, std::nanf("")};
  for (const Isa isa : {Isa::reference, Isa::simd128}) {
    OpModel model;
    const ValueId x_id = model.Operand("x", {9}, x, false);
    const ValueId scale = model.Operand<float>("scale", {}, {0.5f}, false);
    const ValueId half = model.Operand<float>("half", {1}, {1.0f}, false);
    const ValueId z_u8 = model.Operand<std::uint8_t>("z_u8", {}, {100}, false);
    const ValueId z_s8 = model.Operand<std::int8_t>("z_s8", {}, {-10}, false);
    const QuantizeLinearAttributes plain;
    model.Output(model.Op(OpKind::QuantizeLinear, {x_id, scale, z_u8}, plain));
    model.Output(model.Op(OpKind::QuantizeLinear, {x_id, half, z_s8}, plain));
    model.Output(model.Op(OpKind::QuantizeLinear, {x_id, half}, plain));
    model.Output(model.Op(OpKind::QuantizeLinear, {x_id, half}, QuantizeLinearAttributes{1, DType::s8}));
    const Session session = model.Run(isa);
    CHECK(OutputOf<std::uint8_t>(session, 0) == std::vector<std::uint8_t>{101, 103, 99, 95, 255, 0, 255, 0, 0});
    CHECK(OutputOf<std::int8_t>(session, 1) == std::vector<std::int8_t>{-10, -8, -10, -12, 127, -128, 127, -128, -128});
    CHECK(OutputOf<std::uint8_t>(session, 2) == std::vector<std::uint8_t>{0, 2, 0, 0, 255, 0, 255, 0, 0});
    CHECK(OutputOf<std::int8_t>(session, 3) == std::vector<std::int8_t>{0, 2, 0, -2, 127, -128, 127, -128, -128});
  }
}

TEST_CASE("scales and zero points lie along any axis", "[backends]") {
  const std::vector<float> x = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
  const std::int64_t axis = GENERATE(0, 1, 2, -3, -2, -1);
  const Shape shape{2, 3, 2};
  const auto at = static_cast<std::size_t>(axis < 0 ? axis + 3 : axis);
  const auto channels = static_cast<std::size_t>(shape[at]);
  const auto inner = static_cast<std::size_t>(shape.Product(at + 1, 3));
  const std::vector<float> scales = {0.5f, 0.25f, 2.0f};
  const std::vector<std::int8_t> zeros = {1, -2, 3};

  OpModel model;
  const Shape vector{static_cast<std::int64_t>(channels)};
  const auto used = static_cast<std::ptrdiff_t>(channels);
  const ValueId x_id = model.Operand("x", shape, x, false);
  const ValueId s = model.Operand("s", vector, std::vector<float>(scales.begin(), scales.begin() + used), false);
  const ValueId z = model.Operand("z", vector, std::vector<std::int8_t>(zeros.begin(), zeros.begin() + used), false);
  const ValueId q = model.Op(OpKind::QuantizeLinear, {x_id, s, z}, QuantizeLinearAttributes{axis, std::nullopt});
  model.Output(q);
  model.Output(model.Op(OpKind::DequantizeLinear, {q, s, z}, DequantizeLinearAttributes{axis}));
  const Session session = model.Run(BestIsa());
  for (std::size_t i = 0; i < x.size(); ++i) {
    CAPTURE(axis, i);
    const std::size_t c = i / inner % channels;
    const int code = static_cast<int>(std::nearbyint(x[i] / scales[c])) + zeros[c];
    CHECK(OutputOf<std::int8_t>(session, 0)[i] == code);
    CHECK(OutputOf<float>(session, 1)[i] == static_cast<float>(code - zeros[c]) * scales[c]);
  }
}

TEST_CASE("DequantizeLinear of i32 cannot overflow", "[backends]") {
  constexpr std::int32_t kLow = std::numeric_limits<std::int32_t>::min();
  constexpr std::int32_t kHigh = std::numeric_limits<std::int32_t>::max();
  OpModel model;
  const ValueId x = model.Operand<std::int32_t>("x", {3}, {kLow, 5, kHigh}, false);
  const ValueId s = model.Operand<float>("s", {3}, {1.0f, 0.5f, 2.0f}, false);
  const ValueId z = model.Operand<std::int32_t>("z", {3}, {kHigh, 0, kLow}, false);
  const ValueId half = model.Operand<float>("half", {}, {0.5f}, false);
  model.Output(model.Op(OpKind::DequantizeLinear, {x, s, z}, DequantizeLinearAttributes{0}));
  model.Output(model.Op(OpKind::DequantizeLinear, {x, half}, DequantizeLinearAttributes{}));
  const Session session = model.Run(BestIsa());
  CHECK(OutputOf<float>(session, 0) == std::vector<float>{-0x1p32f, 2.5f, 0x1p33f});
  CHECK(OutputOf<float>(session, 1) == std::vector<float>{-0x1p30f, 2.5f, 0x1p30f});
}

TEST_CASE("a dynamically quantized tensor can be dequantized again", "[backends]") {
  OpModel model;
  const ValueId x = model.Operand<float>("x", {4}, {-1.0f, 0.0f, 0.5f, 1.55f}, false);
  const std::vector<ValueId> q = model.Nodes(OpKind::DynamicQuantizeLinear, {x}, 3);
  for (const ValueId id : q) model.Output(id);
  model.Output(model.Op(OpKind::DequantizeLinear, {q[0], q[1], q[2]}, DequantizeLinearAttributes{}));
  const Session session = model.Run(BestIsa());
  const float scale = OutputOf<float>(session, 1)[0];
  CHECK(scale == 2.55f / 255.0f);
  CHECK(OutputOf<std::uint8_t>(session, 2)[0] == 100);
  CHECK(OutputOf<std::uint8_t>(session, 0) == std::vector<std::uint8_t>{0, 100, 150, 255});
  CHECK(OutputOf<float>(session, 3) == std::vector<float>{-100.0f * scale, 0.0f, 50.0f * scale, 155.0f * scale});
}

TEST_CASE("an empty tensor is quantized with scale 1", "[backends]") {
  OpModel model;
  const std::vector<ValueId> q =
      model.Nodes(OpKind::DynamicQuantizeLinear, {model.Constant<float>("none", {2, 0}, {})}, 3);
  for (const ValueId id : q) model.Output(id);
  const Session session = model.Run(BestIsa());
  CHECK(session.Output(0).shape == Shape{2, 0});
  CHECK(OutputOf<float>(session, 1)[0] == 1.0f);
  CHECK(OutputOf<std::uint8_t>(session, 2)[0] == 0);
}

}  // namespace alice
