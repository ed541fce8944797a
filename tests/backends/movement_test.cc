#include <cstdint>
#include <limits>
#include <numeric>

#include "backends/onnx_model.h"

namespace alice {
namespace {

template <typename T>
std::vector<T> Counted(std::size_t count) {
  std::vector<T> elements(count);
  std::iota(elements.begin(), elements.end(), T{0});
  return elements;
}

template <typename T>
void CheckSlices() {
  CAPTURE(DTypeName(DTypeOf<T>));
  OnnxModel model(13);
  model.Input<T>("x", {3, 4}, Counted<T>(12));
  model.Ints("starts", {-1, 3}).Ints("ends", {-100, 0}).Ints("axes", {0, -1}).Ints("steps", {-1, -2});
  model.Add({"Slice", {"x", "starts", "ends", "axes", "steps"}, {"y"}});
  model.template Gives<T>({{{3, 2}, {11, 9, 7, 5, 3, 1}}});
}

}  // namespace

TEST_CASE("Slice runs backwards over every type", "[backends][movement]") {
  CheckSlices<float>();
  CheckSlices<std::uint8_t>();
  CheckSlices<std::int8_t>();
  CheckSlices<std::int32_t>();
  CheckSlices<std::int64_t>();
}

TEST_CASE("Slice has attributes before operator set 10 and may leave nothing", "[backends][movement]") {
  OnnxModel model(9);
  model.Input<float>("x", {2, 3}, Counted<float>(6));
  model.Add(
      {"Slice", {"x"}, {"y"}, {IntsAttribute("starts", {1}), IntsAttribute("ends", {9}), IntsAttribute("axes", {1})}});
  model.Add({"Slice", {"x"}, {"z"}, {IntsAttribute("starts", {2, 1}), IntsAttribute("ends", {2, 2})}});
  model.Gives<float>({{{2, 2}, {1, 2, 4, 5}}, {{0, 1}, {}}});
}

TEST_CASE("Transpose takes what has no elements", "[backends][movement]") {
  OnnxModel model(9);
  model.Input<float>("x", {2, 3}, Counted<float>(6));
  model.Add({"Slice", {"x"}, {"none"}, {IntsAttribute("starts", {2}), IntsAttribute("ends", {2})}});
  model.Add({"Transpose", {"none"}, {"y"}});
  model.Gives<float>({{{0, 3}, {}}, {{3, 0}, {}}});
}

TEST_CASE("Gather takes indices at run time, and the nearer end for what is outside", "[backends][movement]") {
  OnnxModel model(13);
  model.Input<float>("x", {2, 3}, Counted<float>(6));
  model.Input<std::int32_t>("i", {2, 2}, {0, -1, 7, -9});
  model.Input<std::int64_t>("one", {}, {1});
  model.Add({"Gather", {"x", "i"}, {"y"}, {IntAttribute("axis", 1)}});
  model.Add({"Gather", {"x", "one"}, {"z"}, {IntAttribute("axis", -2)}});
  model.Gives<float>({{{2, 2, 2}, {0, 2, 2, 0, 3, 5, 5, 3}}, {{3}, {3, 4, 5}}});
}

TEST_CASE("Gather refuses a constant index outside of the axis, with both", "[backends][movement]") {
  OnnxModel model(13);
  model.Input<float>("x", {2, 3}, Counted<float>(6)).Ints("i", {0, 3});
  model.Add({"Gather", {"x", "i"}, {"y"}, {IntAttribute("axis", 1)}, "lookup"});
  const Error error = model.ErrorOf();
  CHECK(error.code == ErrorCode::shape_mismatch);
  CHECK_THAT(error.message, Catch::Contains("lookup") && Catch::Contains("\"i\"") && Catch::Contains("[2, 3]"));
}

TEST_CASE("Squeeze and Unsqueeze have attributes before operator set 13", "[backends][movement]") {
  for (const std::int64_t opset : {11, 13}) {
    CAPTURE(opset);
    const bool is_input = opset == 13;
    OnnxModel model(opset);
    model.Input<float>("x", {1, 2, 1}, {5, 6});
    if (is_input) model.Ints("last", {-1}).Ints("outer", {0, -1});
    const auto inputs = [&](const std::string& data, const std::string& axes) {
      return is_input ? std::vector<std::string>{data, axes} : std::vector<std::string>{data};
    };
    const auto attributes = [&](const std::vector<std::int64_t>& axes) {
      return is_input ? std::vector<std::string>{} : std::vector<std::string>{IntsAttribute("axes", axes)};
    };
    model.Add({"Squeeze", inputs("x", "last"), {"a"}, attributes({-1})});
    model.Add({"Squeeze", {"x"}, {"b"}});
    model.Add({"Unsqueeze", inputs("x", "outer"), {"c"}, attributes({0, -1})});
    model.Gives<float>({{{1, 2}, {5, 6}}, {{2}, {5, 6}}, {{1, 1, 2, 1, 1}, {5, 6}}});
  }
}

TEST_CASE("Expand broadcasts both ways, Tile repeats, also no times", "[backends][movement]") {
  OnnxModel model(13);
  model.Input<std::int64_t>("x", {2, 1}, {7, 8});
  model.Ints("shape", {2, 1, 3}).Ints("ones", {1}).Ints("repeats", {2, 2}).Ints("none", {0, 1});
  model.Add({"Expand", {"x", "shape"}, {"a"}});
  model.Add({"Expand", {"x", "ones"}, {"b"}});
  model.Add({"Tile", {"x", "repeats"}, {"c"}});
  model.Add({"Tile", {"x", "none"}, {"d"}});
  model.Gives<std::int64_t>({{{2, 2, 3}, {7, 7, 7, 8, 8, 8, 7, 7, 7, 8, 8, 8}},
                             {{2, 1}, {7, 8}},
                             {{4, 2}, {7, 7, 8, 8, 7, 7, 8, 8}},
                             {{0, 1}, {}}});
}

TEST_CASE("Pad crops where pads are negative, and names its axes", "[backends][movement]") {
  OnnxModel model(18);
  model.Input<std::uint8_t>("x", {2, 3}, {1, 2, 3, 4, 5, 6});
  model.Input<std::uint8_t>("nine", {}, {9});
  model.Ints("pads", {-1, 1}).Ints("axes", {-1}).Ints("all", {1, 2, 0, -1});
  model.Add({"Pad", {"x", "pads", "nine", "axes"}, {"a"}});
  model.Add({"Pad", {"x", "all", "nine"}, {"b"}});
  model.Gives<std::uint8_t>({{{2, 3}, {2, 3, 9, 5, 6, 9}}, {{3, 4}, {9, 9, 9, 9, 9, 9, 1, 2, 9, 9, 4, 5}}});
}

TEST_CASE("Pad mirrors, repeats the border and wraps around", "[backends][movement]") {
  const std::vector<std::pair<std::string, std::vector<float>>> modes = {
      {"reflect", {2, 1, 0, 1, 2, 1, 0, 1}}, {"edge", {0, 0, 0, 1, 2, 2, 2, 2}}, {"wrap", {1, 2, 0, 1, 2, 0, 1, 2}}};
  for (const auto& [mode, row] : modes) {
    CAPTURE(mode);
    OnnxModel model(19);
    model.Input<float>("x", {1, 3}, {0, 1, 2}).Ints("pads", {0, 2, 1, 3});
    model.Add({"Pad", {"x", "pads"}, {"y"}, {StringAttribute("mode", mode)}});
    std::vector<float> expected = row;
    expected.insert(expected.end(), row.begin(), row.end());
    model.Gives<float>({{{2, 8}, expected}}, mode != "wrap");
  }
}

TEST_CASE("Pad has attributes before operator set 11", "[backends][movement]") {
  OnnxModel model(10);
  model.Input<float>("x", {2}, {1, 2});
  model.Add({"Pad", {"x"}, {"y"}, {IntsAttribute("pads", {1, 1}), FloatAttribute("value", -3)}});
  model.Gives<float>({{{4}, {-3, 1, 2, -3}}});
}

TEST_CASE("Split takes sizes from an attribute, an input or a number of outputs", "[backends][movement]") {
  SECTION("an attribute") {
    OnnxModel model(11);
    model.Input<float>("x", {2, 3}, Counted<float>(6));
    model.Add({"Split", {"x"}, {"a", "b"}, {IntAttribute("axis", -1), IntsAttribute("split", {1, 2})}});
    model.Gives<float>({{{2, 1}, {0, 3}}, {{2, 2}, {1, 2, 4, 5}}});
  }
  SECTION("an input, with a part that is empty") {
    OnnxModel model(13);
    model.Input<float>("x", {3}, Counted<float>(3)).Ints("sizes", {2, 0, 1});
    model.Add({"Split", {"x", "sizes"}, {"a", "b", "c"}});
    model.Gives<float>({{{2}, {0, 1}}, {{0}, {}}, {{1}, {2}}});
  }
  SECTION("a number, the last part smaller") {
    OnnxModel model(18);
    model.Input<std::int8_t>("x", {5, 1}, Counted<std::int8_t>(5));
    model.Add({"Split", {"x"}, {"a", "b", "c"}, {IntAttribute("num_outputs", 3)}});
    model.Gives<std::int8_t>({{{2, 1}, {0, 1}}, {{2, 1}, {2, 3}}, {{1, 1}, {4}}});
  }
  SECTION("which does not fit") {
    OnnxModel model(13);
    model.Input<float>("x", {5}, Counted<float>(5));
    model.Add({"Split", {"x"}, {"a", "b"}, {}, "halves"});
    const Error error = model.ErrorOf();
    CHECK(error.code == ErrorCode::shape_mismatch);
    CHECK_THAT(error.message, Catch::Contains("halves") && Catch::Contains("[5]"));
  }
}

TEST_CASE("DepthToSpace and SpaceToDepth undo each other", "[backends][movement]") {
  OnnxModel model(13);
  model.Input<float>("x", {1, 8, 1, 2}, Counted<float>(16));
  model.Add({"DepthToSpace", {"x"}, {"y"}, {IntAttribute("blocksize", 2)}});
  model.Add({"DepthToSpace", {"x"}, {"crd"}, {IntAttribute("blocksize", 2), StringAttribute("mode", "CRD")}});
  model.Add({"SpaceToDepth", {"y"}, {"z"}, {IntAttribute("blocksize", 2)}});
  model.Gives<float>({{{1, 2, 2, 4}, {0, 4, 1, 5, 8, 12, 9, 13, 2, 6, 3, 7, 10, 14, 11, 15}},
                      {{1, 2, 2, 4}, {0, 2, 1, 3, 4, 6, 5, 7, 8, 10, 9, 11, 12, 14, 13, 15}},
                      {{1, 8, 1, 2}, Counted<float>(16)}});
}

TEST_CASE("Shape, Size, ConstantOfShape and Range are constants", "[backends][movement]") {
  OnnxModel model(15);
  model.Input<float>("x", {2, 3}, Counted<float>(6)).Ints("dims", {2, 2});
  model.Ints("from", {5}).Ints("to", {-2}).Ints("by", {-3});
  model.Add({"Shape", {"x"}, {"shape"}, {IntAttribute("start", -1)}});
  model.Add({"Size", {"x"}, {"size"}});
  model.Add({"ConstantOfShape", {"dims"}, {"sevens"}, {TensorAttribute("value", Int64Tensor("", {7}))}});
  model.Add({"Range", {"from", "to", "by"}, {"range"}});
  model.Gives<std::int64_t>({{{1}, {3}}, {{}, {6}}, {{2, 2}, {7, 7, 7, 7}}, {{3}, {5, 2, -1}}});
}

TEST_CASE("Shape of an axis that is known only at run time is refused by name", "[backends][movement]") {
  OnnxModel model(15);
  model.model.Input("x", {"batch", 4});
  model.Add({"Shape", {"x"}, {"y"}, {}, "sizes"});
  const Error error = model.ErrorOf();
  CHECK(error.code == ErrorCode::shape_unresolved);
  CHECK_THAT(error.message, Catch::Contains("sizes") && Catch::Contains("\"batch\""));
}

TEST_CASE("a huge ConstantOfShape is taken from the budget", "[backends][movement]") {
  OnnxModel model(15);
  model.Ints("dims", {1 << 14, 1 << 13});
  model.Add({"ConstantOfShape", {"dims"}, {"y"}});
  CHECK(model.ErrorOf().code == ErrorCode::budget_exceeded);
}

TEST_CASE("a computed parameter is refused, naming it", "[backends][movement]") {
  OnnxModel model(13);
  model.Input<float>("x", {2}, {1, 2}).Input<std::int64_t>("repeats", {1}, {2});
  model.Add({"Tile", {"x", "repeats"}, {"y"}, {}, "tiles"});
  const Error error = model.ErrorOf();
  CHECK(error.code == ErrorCode::shape_unresolved);
  CHECK_THAT(error.message, Catch::Contains("Tile \"tiles\"") && Catch::Contains("\"repeats\""));
}

TEST_CASE("Dropout disappears; its mask is true everywhere", "[backends][movement]") {
  OnnxModel model(13);
  model.Input<float>("x", {2}, {-1, 2});
  model.model.Add({"Dropout", {"x"}, {"kept", "mask"}, {}, "drop"});
  SECTION("named") {
    model.Add({"Relu", {"kept"}, {"y"}});
    model.Gives<float>({{{2}, {0, 2}}});
  }
  SECTION("used") {
    model.Add({"Identity", {"mask"}, {"y"}});
    model.Gives<bool>({{{2}, {true, true}}});
  }
}

TEST_CASE("the mask of a Dropout before operator set 10 is of floats", "[backends][movement]") {
  OnnxModel model(7);
  model.Input<float>("x", {3}, {-1, 0, std::numeric_limits<float>::quiet_NaN()});
  model.model.Add({"Dropout", {"x"}, {"kept", "mask"}, {}, "drop"});
  model.Add({"Neg", {"mask"}, {"y"}});
  model.Gives<float>({{{3}, {-1, -1, -1}}});
}

TEST_CASE("a symbolic axis stays where an operator leaves it alone", "[backends][movement]") {
  const auto type_behind = [](const TestNode& node,
                              const std::vector<std::pair<std::string, std::vector<std::int64_t>>>& ints) {
    ModelBuilder model;
    model.Opset(13).Input("x", {"batch", 4, 6, 6});
    for (const auto& [name, elements] : ints) model.Initializer(Int64Tensor(name, elements));
    model.Add(node).Output("y");
    ReadModel read(model.Build());
    REQUIRE(read.graph.ok());
    const Status status = Optimize(*read.graph, *read.budget);
    if (!status.ok()) return std::string(ErrorCodeName(status.error().code));
    return read.graph->value(read.graph->outputs[0]).shape.ToString(read.graph->symbols);
  };
  CHECK(type_behind({"Slice", {"x", "s", "e", "a"}, {"y"}}, {{"s", {1}}, {"e", {3}}, {"a", {1}}}) ==
        "[batch, 2, 6, 6]");
  CHECK(type_behind({"Slice", {"x", "s", "e"}, {"y"}},
                    {{"s", {0}}, {"e", {std::numeric_limits<std::int64_t>::max()}}}) == "[batch, 4, 6, 6]");
  CHECK(type_behind({"Slice", {"x", "s", "e"}, {"y"}}, {{"s", {0}}, {"e", {1}}}) == "shape_unresolved");
  CHECK(type_behind({"Gather", {"x", "i"}, {"y"}, {IntAttribute("axis", 1)}}, {{"i", {1, 0, 2}}}) ==
        "[batch, 3, 6, 6]");
  CHECK(type_behind({"Tile", {"x", "r"}, {"y"}}, {{"r", {1, 2, 1, 1}}}) == "[batch, 8, 6, 6]");
  CHECK(type_behind({"Tile", {"x", "r"}, {"y"}}, {{"r", {2, 1, 1, 1}}}) == "shape_unresolved");
  CHECK(type_behind({"Pad", {"x", "p"}, {"y"}}, {{"p", {0, 0, 1, 0, 0, 0, 2, 0}}}) == "[batch, 4, 9, 6]");
  CHECK(type_behind({"Pad", {"x", "p"}, {"y"}}, {{"p", {1, 0, 0, 0, 0, 0, 0, 0}}}) == "shape_unresolved");
  CHECK(type_behind({"Unsqueeze", {"x", "a"}, {"y"}}, {{"a", {1}}}) == "[batch, 1, 4, 6, 6]");
  CHECK(type_behind({"Expand", {"x", "d"}, {"y"}}, {{"d", {2, 1, 1, 1, 1}}}) == "[2, batch, 4, 6, 6]");
  CHECK(type_behind({"DepthToSpace", {"x"}, {"y"}, {IntAttribute("blocksize", 2)}}, {}) == "[batch, 1, 12, 12]");
  CHECK(type_behind({"SpaceToDepth", {"x"}, {"y"}, {IntAttribute("blocksize", 3)}}, {}) == "[batch, 36, 2, 2]");
}

}  // namespace alice
