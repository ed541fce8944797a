#include <cstdint>
#include <limits>

#include "backends/op_model.h"

namespace alice {
namespace {

TEST_CASE("ConvInteger multiplies what differs from the zero points", "[backends][conv]") {
  OpModel model;
  const ValueId x = model.Operand<std::uint8_t>("x", {1, 2, 1, 3}, {0, 255, 7, 1, 2, 3}, false);
  const ValueId w = model.Operand<std::int8_t>("w", {2, 1, 1, 2}, {-128, 127, 1, -1}, false);
  const ValueId x_zero_point = model.Constant<std::uint8_t>("xz", {}, {5});
  ConvAttributes conv;
  conv.group = 2;
  SECTION("one zero point") {
    const ValueId w_zero_point = model.Constant<std::int8_t>("wz", {}, {1});
    model.Output(model.Op(OpKind::ConvInteger, {x, w, x_zero_point, w_zero_point}, conv));
    const Session session = model.Run(BestIsa());
    CHECK(session.Output(0).shape == Shape{1, 2, 1, 2});
    CHECK(OutputOf<std::int32_t>(session) ==
          std::vector<std::int32_t>{-5 * -129 + 250 * 126, 250 * -129 + 2 * 126, -3 * -2, -2 * -2});
  }
  SECTION("one a filter, and padding that is the zero point of X") {
    const ValueId w_zero_point = model.Constant<std::int8_t>("wz", {2}, {1, -1});
    conv.window.pads = {0, 1, 0, 0};
    conv.window.strides = {1, 3};
    model.Output(model.Op(OpKind::ConvInteger, {x, w, x_zero_point, w_zero_point}, conv));
    const Session session = model.Run(BestIsa());
    CHECK(session.Output(0).shape == Shape{1, 2, 1, 1});
    CHECK(OutputOf<std::int32_t>(session) == std::vector<std::int32_t>{-5 * 126, 0});
  }
}

TEST_CASE("ConvInteger refuses zero points that fit nothing, with their shapes", "[backends][conv]") {
  OpModel model;
  const ValueId x = model.Operand<std::uint8_t>("x", {1, 1, 3}, {1, 2, 3}, false);
  const ValueId w = model.Operand<std::uint8_t>("w", {1, 1, 2}, {1, 2}, false);
  const ValueId three = model.Constant<std::uint8_t>("three", {3}, {1, 2, 3});
  const ValueId one = model.Constant<std::uint8_t>("one", {}, {1});
  SECTION("of X") { model.Output(model.Op(OpKind::ConvInteger, {x, w, three}, ConvAttributes{})); }
  SECTION("of W") { model.Output(model.Op(OpKind::ConvInteger, {x, w, one, three}, ConvAttributes{})); }
  const auto session = model.Load(BestIsa());
  REQUIRE_FALSE(session.ok());
  CHECK(session.error().code == ErrorCode::shape_mismatch);
  CHECK_THAT(session.error().message, Catch::Contains("[3]"));
}

}  // namespace
}  // namespace alice
