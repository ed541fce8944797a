#include <limits>
#include <numeric>

#include "backends/op_model.h"
#include "exec/sample_axis.h"

namespace alice {
namespace {

/// x [1, 2, 3, 4] through operators that move elements, between convolutions that change nothing or without them.
struct Moved : OpModel {
  explicit Moved(bool convolves) {
    std::vector<float> elements(24);
    std::iota(elements.begin(), elements.end(), 1.0f);
    const ValueId x = Operand<float>("x", {1, 2, 3, 4}, elements, false);
    const auto convolved = [&](ValueId id) {
      if (!convolves) return id;
      return Op(OpKind::Conv, {id, Constant<float>("w" + std::to_string(id), {2, 2, 1, 1}, {1, 0, 0, 1})},
                ConvAttributes());
    };
    ResizeAttributes resize;
    resize.axes = {2, -1};
    resize.sizes = {5, 6};
    PadAttributes pad;
    pad.axes = {-1, 1};
    pad.begins = {2, 0};
    pad.ends = {1, 1};
    const ValueId resized = Op(OpKind::Resize, {convolved(x)}, resize);
    const ValueId padded = Op(OpKind::Pad, {resized}, pad);
    const ValueId sliced = Op(OpKind::Slice, {padded}, SliceAttributes{{1, -1}, {5, -8}, {2, 3}, {1, -2}});
    const std::vector<ValueId> parts = Nodes(OpKind::Split, {sliced}, 2, SplitAttributes{1, {1, 2}});
    const ValueId tiled = Op(OpKind::Tile, {parts[0]}, TileAttributes{{1, 2, 1, 3}});
    Output(convolved(tiled));
    Output(convolved(parts[1]));
  }
};

/// A Conv of 3 × 3 ones over zeros around x [1, 1, 3, 3], which a Pad or the Conv itself adds.
struct Padded : OpModel {
  explicit Padded(bool by_pad, float constant = 0.0f) {
    const ValueId x = Operand<float>("x", {1, 1, 3, 3}, {1, 2, 3, 4, 5, 6, 7, 8, 9}, false);
    PadAttributes pad;
    pad.axes = {2, 3};
    pad.begins = {1, 0};
    pad.ends = {1, 2};
    pad.value = constant;
    ConvAttributes conv;
    conv.window.pads = by_pad ? Shape{0, 1, 0, 0} : Shape{1, 1, 1, 2};
    const ValueId w = Constant<float>("w", {1, 1, 3, 3}, std::vector<float>(9, 1.0f));
    Output(Op(OpKind::Conv, {by_pad ? Op(OpKind::Pad, {x}, pad) : x, w}, conv));
  }
};

}  // namespace

TEST_CASE("operators that name their axes run with the channels last", "[passes][movement]") {
  Moved convolved(true);
  Moved direct(false);
  const Session plain = direct.Run(BestIsa());
  const Session session = convolved.Run(BestIsa());
  for (std::size_t i = 0; i < 2; ++i) {
    CHECK(session.Output(i).shape == plain.Output(i).shape);
    CHECK(OutputOf<float>(session, i) == OutputOf<float>(plain, i));
  }
  Moved again(true);
  REQUIRE(Optimize(again.graph, again.budget).ok());
  CHECK(again.Kinds() == "Transpose Conv Resize Pad Slice Split Tile Conv Transpose Conv Transpose");
}

TEST_CASE("zeros around the input of a Conv become its own padding", "[passes][movement]") {
  Padded by_pad(true);
  REQUIRE(Optimize(by_pad.graph, by_pad.budget).ok());
  CHECK(by_pad.Kinds().find("Pad") == std::string::npos);
  CHECK(OutputOf<float>(Padded(true).Run(BestIsa())) == OutputOf<float>(Padded(false).Run(BestIsa())));
  Padded by_ones(true, 1.0f);
  REQUIRE(Optimize(by_ones.graph, by_ones.budget).ok());
  CHECK(by_ones.Kinds().find("Pad") != std::string::npos);
}

TEST_CASE("samples stay apart unless their axis is moved along", "[exec][movement]") {
  const auto are_apart = [](OpKind kind, const Attributes& attributes) {
    OpModel model;
    std::vector<ValueId> inputs = {model.Input("x", {model.Symbol("batch"), Dim::Known(4)})};
    if (kind == OpKind::Gather && std::get<GatherAttributes>(attributes).axis == 1) {
      inputs.push_back(model.Constant<std::int64_t>("i", {2}, {1, 0}));
    } else if (kind == OpKind::Gather) {
      inputs.push_back(model.Input("i", {model.Symbol("batch")}, DType::i64));
    }
    model.Output(model.Op(kind, inputs, attributes));
    REQUIRE(Optimize(model.graph, model.budget).ok());
    return HasIndependentSamples(model.graph);
  };
  constexpr std::int64_t kAll = std::numeric_limits<std::int64_t>::max();
  CHECK(are_apart(OpKind::Slice, SliceAttributes{{1}, {3}, {1}, {1}}));
  CHECK_FALSE(are_apart(OpKind::Slice, SliceAttributes{{-1}, {-kAll}, {0}, {-1}}));
  CHECK(are_apart(OpKind::Gather, GatherAttributes{1}));
  CHECK_FALSE(are_apart(OpKind::Gather, GatherAttributes{0}));
  CHECK(are_apart(OpKind::Tile, TileAttributes{{1, 2}}));
}

}  // namespace alice
