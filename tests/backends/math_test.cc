#include <cmath>
#include <cstdint>
#include <limits>

#include "backends/op_model.h"

namespace alice {
namespace {

using Bools = std::vector<bool>;

/// A vector of T as an input.
template <typename T>
ValueId Given(OpModel& model, const std::string& name, const std::vector<T>& elements) {
  return model.Operand<T>(name, {static_cast<std::int64_t>(elements.size())}, elements, false);
}

/// The same of booleans, which std::vector packs.
ValueId GivenBooleans(OpModel& model, const std::string& name, const Shape& shape, const Bools& elements) {
  const ValueId id = model.Input(name, SymbolicShape::Of(shape).dims, DType::boolean);
  std::vector<std::byte> bytes;
  for (const bool element : elements) bytes.push_back(static_cast<std::byte>(element));
  model.feeds.push_back(std::move(bytes));
  return id;
}

template <typename T>
void CheckIntegers() {
  CAPTURE(DTypeName(DTypeOf<T>));
  constexpr T kLow = std::numeric_limits<T>::min();
  constexpr bool kSigned = std::is_signed_v<T>;
  const T minus1 = static_cast<T>(-1);
  OpModel model;
  const ValueId a = Given<T>(model, "a", {T{7}, kSigned ? static_cast<T>(-7) : T{7}, kLow, T{5}});
  const ValueId b = Given<T>(model, "b", {T{3}, T{3}, kSigned ? minus1 : T{1}, T{0}});
  const auto output = [&](OpKind kind, const std::vector<ValueId>& inputs, const Attributes& attributes = {}) {
    model.Output(model.Op(kind, inputs, attributes));
  };
  output(OpKind::Div, {a, b});
  output(OpKind::Mod, {a, b}, ModAttributes{false});
  output(OpKind::Mod, {a, b}, ModAttributes{true});
  output(OpKind::Max, {a, b});
  output(OpKind::Min, {a, b, Given<T>(model, "c", {T{1}})});
  output(OpKind::PRelu, {a, Given<T>(model, "slope", {T{2}})});
  output(OpKind::Abs, {a});
  output(OpKind::Neg, {a});
  output(OpKind::Sign, {a});
  output(OpKind::Less, {a, b});
  output(OpKind::GreaterOrEqual, {a, b});
  output(OpKind::Clip, {a, model.Constant<T>("low", {}, {T{2}}), model.Constant<T>("high", {1}, {T{6}})});
  output(OpKind::Clip, {a, kNoValue, Given<T>(model, "most", {T{6}})});
  output(OpKind::Clip, {a}, Activation{ActivationKind::clip});
  const Session session = model.Run(BestIsa());
  const auto expect = [&](std::size_t index, const std::vector<T>& elements) {
    CAPTURE(index);
    CHECK(OutputOf<T>(session, index) == elements);
  };
  expect(0, {T{2}, kSigned ? static_cast<T>(-2) : T{2}, kLow, T{0}});
  expect(1, {T{1}, kSigned ? T{2} : T{1}, T{0}, T{0}});
  expect(2, {T{1}, kSigned ? minus1 : T{1}, T{0}, T{0}});
  expect(3, {T{7}, kSigned ? T{3} : T{7}, kSigned ? minus1 : T{1}, T{5}});
  expect(4, {T{1}, kSigned ? static_cast<T>(-7) : T{1}, kLow, T{0}});
  expect(5, {T{7}, kSigned ? static_cast<T>(-14) : T{7}, T{0}, T{5}});
  expect(6, {T{7}, T{7}, kLow, T{5}});
  expect(7, {static_cast<T>(-7), kSigned ? T{7} : static_cast<T>(-7), kLow, static_cast<T>(-5)});
  expect(8, {T{1}, kSigned ? minus1 : T{1}, kSigned ? minus1 : T{0}, T{1}});
  CHECK(OutputOf<bool>(session, 9) == Bools{false, kSigned, true, false});
  CHECK(OutputOf<bool>(session, 10) == Bools{true, !kSigned, false, true});
  expect(11, {T{6}, kSigned ? T{2} : T{6}, T{2}, T{5}});
  expect(12, {T{6}, kSigned ? static_cast<T>(-7) : T{6}, kLow, T{5}});
  expect(13, {T{7}, kSigned ? static_cast<T>(-7) : T{7}, kLow, T{5}});
}

std::string ErrorOf(OpModel& model, ErrorCode code) {
  const auto session = model.Load(BestIsa());
  REQUIRE(!session.ok());
  CHECK(session.error().code == code);
  return session.error().message;
}

}  // namespace

TEST_CASE("arithmetic, order and bounds of integers", "[backends]") {
  CheckIntegers<std::uint8_t>();
  CheckIntegers<std::int8_t>();
  CheckIntegers<std::int32_t>();
  CheckIntegers<std::int64_t>();
}

TEST_CASE("powers of floats and integers", "[backends]") {
  for (const Isa isa : {Isa::reference, BestIsa()}) {
    OpModel model;
    const ValueId x = Given<float>(model, "x", {-2.0f, 0.5f, 3.0f, 0.0f});
    const ValueId i = Given<std::int32_t>(model, "i", {-1, 3, 1, 0});
    const ValueId l = Given<std::int64_t>(model, "l", {3037000500, -2, 7, 1});
    model.Output(model.Op(OpKind::Pow, {x, model.Constant<float>("two", {}, {2.0f})}));
    model.Output(model.Op(OpKind::Pow, {x, model.Constant<float>("three", {1}, {3.0f})}));
    model.Output(model.Op(OpKind::Pow, {x, Given<float>(model, "f", {3.0f, -1.0f, 0.5f, 0.0f})}));
    model.Output(model.Op(OpKind::Pow, {x, i}));
    model.Output(model.Op(OpKind::Pow, {i, Given<std::int64_t>(model, "e", {-3, 19, -2, 0})}));
    model.Output(model.Op(OpKind::Pow, {i, Given<float>(model, "g", {2.0f, 2.5f, -1.5f, 3.0f})}));
    model.Output(model.Op(OpKind::Pow, {l, model.Constant<std::uint8_t>("u", {}, {2})}));
    const Session session = model.Run(isa);
    CHECK(OutputOf<float>(session, 0) == std::vector<float>{4.0f, 0.25f, 9.0f, 0.0f});
    CHECK(OutputOf<float>(session, 1) == std::vector<float>{-8.0f, 0.125f, 27.0f, 0.0f});
    CHECK(OutputOf<float>(session, 2) == std::vector<float>{-8.0f, 2.0f, std::sqrt(3.0f), 1.0f});
    CHECK(OutputOf<float>(session, 3) == std::vector<float>{-0.5f, 0.125f, 3.0f, 1.0f});
    CHECK(OutputOf<std::int32_t>(session, 4) == std::vector<std::int32_t>{-1, 1162261467, 1, 1});
    CHECK(OutputOf<std::int32_t>(session, 5) == std::vector<std::int32_t>{1, 15, 1, 0});
    // Beyond 2^63.
    const auto wrapped = static_cast<std::int64_t>(std::uint64_t{3037000500} * std::uint64_t{3037000500});
    CHECK(OutputOf<std::int64_t>(session, 6) == std::vector<std::int64_t>{wrapped, 4, 49, 1});
  }
}

TEST_CASE("Max, Min, Sum and Mean spread their first input where the others are larger", "[backends]") {
  for (const Isa isa : {Isa::reference, BestIsa()}) {
    OpModel model;
    const ValueId s = model.Operand<float>("s", {}, {2.0f}, true);
    const ValueId row = model.Operand<float>("row", {1, 3}, {1.0f, 2.0f, 3.0f}, false);
    const ValueId column = model.Operand<float>("column", {2, 1}, {0.0f, 4.0f}, false);
    for (const OpKind kind : {OpKind::Max, OpKind::Min, OpKind::Sum, OpKind::Mean}) {
      model.Output(model.Op(kind, {s, row, column}));
      model.Output(model.Op(kind, {column, row, s}));
      model.Output(model.Op(kind, {row}));
    }
    const Session session = model.Run(isa);
    const std::vector<std::vector<float>> expected = {
        {2, 2, 3, 4, 4, 4}, {0, 0, 0, 1, 2, 2}, {3, 4, 5, 7, 8, 9}, {1, 4.0f / 3, 5.0f / 3, 7.0f / 3, 8.0f / 3, 3}};
    for (std::size_t kind = 0; kind < expected.size(); ++kind) {
      CAPTURE(kind);
      CHECK(OutputOf<float>(session, 3 * kind) == expected[kind]);
      CHECK(OutputOf<float>(session, 3 * kind + 1) == expected[kind]);
      CHECK(session.Output(3 * kind).shape == Shape{2, 3});
      CHECK(OutputOf<float>(session, 3 * kind + 2) == std::vector<float>{1, 2, 3});
    }
  }
}

TEST_CASE("Where picks elements of any type, each operand broadcast", "[backends]") {
  OpModel model;
  const ValueId condition = GivenBooleans(model, "condition", {2, 1}, {true, false});
  const ValueId row = model.Operand<std::int64_t>("row", {3}, {1, 2, 3}, false);
  const ValueId one = model.Operand<std::int64_t>("one", {}, {std::numeric_limits<std::int64_t>::min()}, true);
  const ValueId yes = GivenBooleans(model, "yes", {}, {true});
  const ValueId byte = model.Operand<std::int8_t>("byte", {2, 1, 1}, {-5, 6}, false);
  const ValueId other = model.Operand<std::int8_t>("other", {1, 2}, {8, 9}, false);
  model.Output(model.Op(OpKind::Where, {condition, row, one}));
  model.Output(model.Op(OpKind::Where, {yes, byte, other}));
  const Session session = model.Run(BestIsa());
  constexpr std::int64_t kLowest = std::numeric_limits<std::int64_t>::min();
  CHECK(session.Output(0).shape == Shape{2, 3});
  CHECK(OutputOf<std::int64_t>(session, 0) == std::vector<std::int64_t>{1, 2, 3, kLowest, kLowest, kLowest});
  CHECK(session.Output(1).shape == Shape{2, 1, 2});
  CHECK(OutputOf<std::int8_t>(session, 1) == std::vector<std::int8_t>{-5, -5, 6, 6});
}

TEST_CASE("comparisons with NaN are false, but for what is not equal to it", "[backends]") {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  OpModel model;
  const ValueId a = Given<float>(model, "a", {1.0f, nan, 1.0f});
  const ValueId b = Given<float>(model, "b", {nan, nan, 1.0f});
  for (const OpKind kind :
       {OpKind::Equal, OpKind::Greater, OpKind::GreaterOrEqual, OpKind::Less, OpKind::LessOrEqual}) {
    model.Output(model.Op(kind, {a, b}));
  }
  const ValueId equal = model.Op(OpKind::Equal, {a, b});
  model.Output(model.Op(OpKind::Not, {equal}));
  model.Output(model.Op(OpKind::Equal, {equal, GivenBooleans(model, "c", {3}, {true, false, true})}));
  const Session session = model.Run(BestIsa());
  CHECK(OutputOf<bool>(session, 0) == Bools{false, false, true});
  CHECK(OutputOf<bool>(session, 1) == Bools{false, false, false});
  CHECK(OutputOf<bool>(session, 2) == Bools{false, false, true});
  CHECK(OutputOf<bool>(session, 3) == Bools{false, false, false});
  CHECK(OutputOf<bool>(session, 4) == Bools{false, false, true});
  CHECK(OutputOf<bool>(session, 5) == Bools{true, true, false});
  CHECK(OutputOf<bool>(session, 6) == Bools{false, true, true});
}

TEST_CASE("floats between bounds that are inputs", "[backends]") {
  for (const Isa isa : {Isa::reference, BestIsa()}) {
    OpModel model;
    const ValueId x = Given<float>(model, "x", {-3.0f, 0.0f, 1.0f, 2.0f, 9.0f});
    const ValueId low = model.Operand<float>("low", {}, {-1.0f}, false);
    model.Output(model.Op(OpKind::Clip, {x, low, model.Constant<float>("high", {}, {1.5f})}));
    model.Output(model.Op(OpKind::Clip, {x, low}));
    const Session session = model.Run(isa);
    CHECK(OutputOf<float>(session, 0) == std::vector<float>{-1.0f, 0.0f, 1.0f, 1.5f, 1.5f});
    CHECK(OutputOf<float>(session, 1) == std::vector<float>{-1.0f, 0.0f, 1.0f, 2.0f, 9.0f});
  }
}

TEST_CASE("bits of bytes shift out at either end", "[backends]") {
  OpModel model;
  const ValueId x = Given<std::uint8_t>(model, "x", {0x81, 0x81, 0x81, 0x81});
  const ValueId by = Given<std::uint8_t>(model, "by", {0, 1, 7, 8});
  model.Output(model.Op(OpKind::BitShift, {x, by}, BitShiftAttributes{true}));
  model.Output(model.Op(OpKind::BitShift, {x, by}, BitShiftAttributes{false}));
  const Session session = model.Run(BestIsa());
  CHECK(OutputOf<std::uint8_t>(session, 0) == std::vector<std::uint8_t>{0x81, 0x02, 0x80, 0});
  CHECK(OutputOf<std::uint8_t>(session, 1) == std::vector<std::uint8_t>{0x81, 0x40, 0x01, 0});
}

TEST_CASE("element by element nothing comes of empty tensors", "[backends]") {
  OpModel model;
  const ValueId x = model.Operand<float>("x", {2, 0}, {}, true);
  const ValueId y = model.Operand<float>("y", {2, 1}, {1.0f, 2.0f}, false);
  const ValueId less = model.Op(OpKind::Less, {x, y});
  for (const OpKind kind : {OpKind::Abs, OpKind::Log}) model.Output(model.Op(kind, {x}));
  for (const OpKind kind : {OpKind::Max, OpKind::Mean, OpKind::Pow, OpKind::Add}) model.Output(model.Op(kind, {x, y}));
  model.Output(model.Op(OpKind::Where, {less, x, y}));
  model.Output(model.Op(OpKind::Not, {less}));
  for (const OpKind kind : {OpKind::Softmax, OpKind::LogSoftmax}) {
    for (const std::int64_t axis : {0, 1}) model.Output(model.Op(kind, {x}, SoftmaxAttributes{axis}));
  }
  const Session session = model.Run(BestIsa());
  for (std::size_t index = 0; index < session.graph().outputs.size(); ++index) {
    CHECK(session.Output(index).shape == Shape{2, 0});
  }
}

TEST_CASE("an activation that is fused gives what it gives alone", "[backends]") {
  for (const Isa isa : {Isa::reference, BestIsa()}) {
    for (const auto& [kind, activation] :
         {std::pair{OpKind::HardSwish, Activation{ActivationKind::hard_swish}},
          std::pair{OpKind::Elu, Activation{.kind = ActivationKind::elu, .alpha = 0.5f}},
          std::pair{OpKind::Selu, Activation{.kind = ActivationKind::selu, .alpha = 1.6f, .beta = 1.1f}}}) {
      OpModel model;
      const ValueId x = model.Operand<float>("x", {2, 3}, {-3, -1, 0, 1, 2, 4}, false);
      const ValueId w = model.Operand<float>("w", {3, 2}, {1, 0, -1, 1, 0.5f, -2}, true);
      const ValueId fused = model.Op(OpKind::MatMul, {x, w});
      model.Output(model.Op(kind, {fused}, activation));
      const ValueId kept = model.Op(OpKind::MatMul, {x, w});
      model.Output(kept);
      model.Output(model.Op(kind, {kept}, activation));
      const Session session = model.Run(isa);
      CHECK(session.graph().nodes.size() == 3);
      CHECK(OutputOf<float>(session, 0) == OutputOf<float>(session, 2));
    }
  }
}

TEST_CASE("what element-wise operators do not take is named", "[backends]") {
  {
    OpModel model;
    model.Output(model.Op(OpKind::Sqrt, {Given<std::int32_t>(model, "i", {4})}));
    CHECK(ErrorOf(model, ErrorCode::model_unsupported_type).find("\"i\" is i32; it must be f32") != std::string::npos);
  }
  {
    OpModel model;
    const ValueId x = Given<float>(model, "x", {4.0f});
    model.Output(model.Op(OpKind::Mod, {x, x}, ModAttributes{false}));
    CHECK(ErrorOf(model, ErrorCode::model_unsupported_type).find("fmod=1") != std::string::npos);
  }
  {
    OpModel model;
    const ValueId x = model.Operand<float>("x", {3}, {1, 2, 3}, false);
    model.Output(model.Op(OpKind::PRelu, {x, model.Operand<float>("slope", {2, 3}, {1, 2, 3, 4, 5, 6}, true)}));
    CHECK(ErrorOf(model, ErrorCode::shape_mismatch).find("[2, 3] does not broadcast to x [3]") != std::string::npos);
  }
  {
    OpModel model;
    const ValueId x = Given<std::int8_t>(model, "x", {4});
    model.Output(model.Op(OpKind::Clip, {x, Given<std::int8_t>(model, "low", {1, 2})}));
    CHECK(ErrorOf(model, ErrorCode::shape_mismatch).find("\"low\" [2] is not one element") != std::string::npos);
  }
  {
    OpModel model;
    const ValueId x = Given<std::int8_t>(model, "x", {4});
    model.Output(model.Op(OpKind::Max, {x, kNoValue, x}));
    CHECK(ErrorOf(model, ErrorCode::model_invalid_graph).find("lacks its required input 1") != std::string::npos);
  }
}

}  // namespace alice
