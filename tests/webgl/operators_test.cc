// Operators between products: each on the GPU as on the CPU, and none of them left to the CPU.
#include <catch2/catch.hpp>
#include <functional>

#include "backends/webgl/webgl_accelerator.h"
#include "exec/two_layers.h"

namespace alice {
namespace {

constexpr std::int64_t kLines = 6;

/// Makes something of h [batch, 6, width].
using Made = std::function<ValueId(GraphBuilder& builder, ValueId h)>;

/// x → MatMul → what is made → output: on the GPU as a whole, as the CPU has it.
void CheckDrawn(std::string_view name, std::int64_t width, const Made& make) {
  INFO(name << " of " << width << " columns");
  auto accelerator = CreateWebglAccelerator();
  REQUIRE(accelerator.ok());
  GraphBuilder builder;
  const ValueId x = builder.Input("x", {builder.Symbol("batch"), Dim::Known(kLines), Dim::Known(width)});
  const ValueId w = builder.Constant<float>("w", {width, width}, RandomFloats(Index(width * width), 1, -0.5f, 0.5f));
  builder.Output(make(builder, builder.Op(OpKind::MatMul, {x, w})));
  REQUIRE(Optimize(builder.graph, builder.budget).ok());
  auto created = Session::Create(std::move(builder.graph), builder.budget, BestIsa());
  INFO((created.ok() ? "" : created.error().message));
  REQUIRE(created.ok());
  Session& session = *created;
  const std::int64_t samples = session.has_batch_axis() ? 2 : 1;
  REQUIRE(session.PlanFor(samples).ok());
  session.SetSamples(samples);
  REQUIRE(session.Accelerate(**accelerator, Precision::fp32).ok());
  const std::vector<PlanStretch> plan = session.Plan(Precision::fp32);
  REQUIRE(plan.size() == 1);
  CHECK(plan[0].on_device);
  CHECK(plan[0].nodes.size() == session.steps());
  const auto input = session.Input(0).elements<float>();
  std::ranges::copy(RandomFloats(input.size(), 9, -1.5f, 2.0f), input.begin());
  const auto check = session.CheckAcceleration(Precision::fp32);
  INFO((check.ok() ? "" : check.error().message));
  REQUIRE(check.ok());
  CHECK(check->largest_difference <= AccelerationCheck::kTolerance);
}

/// For rows of whole texels, and others.
void CheckDrawn(std::string_view name, const Made& make) {
  for (const std::int64_t width : {8, 5}) CheckDrawn(name, width, make);
}

}  // namespace

TEST_CASE("functions of one element are the CPU's", "[webgl]") {
  for (const OpKind kind : {OpKind::Abs, OpKind::Ceil, OpKind::Erf, OpKind::Exp, OpKind::Floor, OpKind::Neg,
                            OpKind::Reciprocal, OpKind::Round, OpKind::Sign}) {
    CheckDrawn(InfoOf(kind).name, [&](GraphBuilder& builder, ValueId h) { return builder.Op(kind, {h}); });
  }
  for (const OpKind kind : {OpKind::Log, OpKind::Sqrt}) {
    CheckDrawn(InfoOf(kind).name,
               [&](GraphBuilder& builder, ValueId h) { return builder.Op(kind, {builder.Op(OpKind::Abs, {h})}); });
  }
  for (const float exponent : {2.0f, 3.0f}) {
    CheckDrawn("Pow", [&](GraphBuilder& builder, ValueId h) {
      return builder.Op(OpKind::Pow, {h, builder.Constant<float>("exponent", {}, {exponent})});
    });
  }
}

TEST_CASE("activations are the CPU's", "[webgl]") {
  const auto check = [](OpKind op, ActivationKind kind) {
    CheckDrawn(InfoOf(op).name, [&](GraphBuilder& builder, ValueId h) {
      Activation activation{kind};
      activation.alpha = 0.75f;
      activation.beta = 0.5f;
      activation.low = -0.25f;
      activation.high = 0.5f;
      // Of its own: a product would take it in.
      return builder.Op(op, {builder.Op(OpKind::Neg, {h})}, activation);
    });
  };
#define ALICE_ACTIVATION_OP(op, kind) check(OpKind::op, ActivationKind::kind);
#define ALICE_ACTIVATION_PARAMETER(kind, member, attribute, initial)
#include "ir/activation_op.inc"
#undef ALICE_ACTIVATION_OP
#undef ALICE_ACTIVATION_PARAMETER
}

TEST_CASE("functions of two broadcast operands are the CPU's", "[webgl]") {
  for (const OpKind kind :
       {OpKind::Add, OpKind::Div, OpKind::Max, OpKind::Min, OpKind::Mul, OpKind::PRelu, OpKind::Sub}) {
    const auto with = [&](const Shape& shape) {
      CheckDrawn(InfoOf(kind).name, [&](GraphBuilder& builder, ValueId h) {
        Shape sizes;
        const std::int64_t width = builder.graph.value(builder.graph.inputs[0]).shape.dims[2].size;
        for (const std::int64_t size : shape.dims()) sizes.Append(size == -1 ? width : size);
        const auto other =
            builder.Constant<float>("other", sizes, RandomFloats(Index(sizes.elements()), 3, 0.5f, 2.0f));
        return builder.Op(kind, {h, other});
      });
    };
    with({});
    with({-1});
    with({kLines, 1});
    with({kLines, -1});
  }
}

TEST_CASE("what conditions choose is the CPU's", "[webgl]") {
  for (const OpKind kind :
       {OpKind::Equal, OpKind::Greater, OpKind::GreaterOrEqual, OpKind::Less, OpKind::LessOrEqual}) {
    CheckDrawn(InfoOf(kind).name, [&](GraphBuilder& builder, ValueId h) {
      const ValueId zero = builder.Constant<float>("zero", {}, {0.0f});
      const ValueId limits = builder.Constant<float>("limits", {kLines, 1}, RandomFloats(kLines, 5, -0.5f, 0.5f));
      const ValueId clipped = builder.Op(OpKind::Max, {h, zero});  // often equal to it
      const ValueId condition = builder.Op(kind, {clipped, kind == OpKind::Equal ? zero : limits});
      return builder.Op(OpKind::Where, {condition, limits, builder.Op(OpKind::Neg, {h})});
    });
  }
}

TEST_CASE("reductions are the CPU's", "[webgl]") {
#define ALICE_REDUCTION(kind, map, combine, finish)                                                   \
  for (const Shape& axes : {Shape({2}), Shape({1}), Shape({-1, 1})}) {                                \
    CheckDrawn(#kind, [&](GraphBuilder& builder, ValueId h) {                                         \
      const ValueId positive = builder.Op(OpKind::Abs, {h});                                          \
      return builder.Op(OpKind::kind, {positive}, ReduceAttributes{.axes = axes, .keep_dims = true}); \
    });                                                                                               \
  }
#include "ir/reduction.inc"
#undef ALICE_REDUCTION
}

TEST_CASE("padded, gathered and resized elements are where the CPU puts them", "[webgl]") {
  for (const PadMode mode : {PadMode::constant, PadMode::edge, PadMode::reflect, PadMode::wrap}) {
    CheckDrawn("Pad", [&](GraphBuilder& builder, ValueId h) {
      return builder.Op(OpKind::Pad, {h}, PadAttributes{mode, {2, 1}, {1, -1}, {1, -1}, 0.5f});
    });
    CheckDrawn("Pad of lines", [&](GraphBuilder& builder, ValueId h) {
      return builder.Op(OpKind::Pad, {h}, PadAttributes{mode, {0, -1, 0}, {0, 3, 0}, {0, 1, 2}, -1.0f});
    });
  }
  for (const std::int64_t axis : {1, 2}) {
    CheckDrawn("Gather", [&](GraphBuilder& builder, ValueId h) {
      const ValueId indices = builder.Constant<std::int64_t>("indices", {2, 3}, {4, 0, -1, 1, 1, 2});
      return builder.Op(OpKind::Gather, {h, indices}, GatherAttributes{axis});
    });
  }
  CheckDrawn("Resize", [&](GraphBuilder& builder, ValueId h) {
    ResizeAttributes resize;
    resize.coordinates = Coordinates::asymmetric;
    resize.nearest = NearestMode::floor;
    resize.scales = {1.0f, 2.0f, 1.5f};
    return builder.Op(OpKind::Resize, {h}, resize);
  });
}

TEST_CASE("products of two tensors that are made, and LogSoftmax, are the CPU's", "[webgl]") {
  CheckDrawn("MatMul", [](GraphBuilder& builder, ValueId h) {
    const ValueId turned = builder.Op(OpKind::Transpose, {h}, TransposeAttributes{{0, 2, 1}});
    return builder.Op(OpKind::MatMul, {builder.Op(OpKind::MatMul, {h, turned}), h});
  });
  CheckDrawn("LogSoftmax",
             [](GraphBuilder& builder, ValueId h) { return builder.Op(OpKind::LogSoftmax, {h}, SoftmaxAttributes{}); });
}

}  // namespace alice
