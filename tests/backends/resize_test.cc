#include <cmath>
#include <cstdint>
#include <random>

#include "backends/onnx_model.h"

namespace alice {
namespace {

std::string Floats(const std::string& name, const std::vector<float>& elements) {
  return FloatTensor(name, {static_cast<std::int64_t>(elements.size())}, elements);
}

/// Where ONNX Resize-19 takes output place `i` of an axis from.
double HalfPixel(double i, double scale) { return (i + 0.5) / scale - 0.5; }

}  // namespace

TEST_CASE("Upsample and the first Resize take the pixel before", "[backends][movement]") {
  const std::vector<float> expected = {1, 1, 2, 2, 1, 1, 2, 2, 3, 3, 4, 4, 3, 3, 4, 4};
  SECTION("Upsample 7") {
    OnnxModel model(7);
    model.Input<float>("x", {1, 1, 2, 2}, {1, 2, 3, 4});
    model.Add({"Upsample", {"x"}, {"y"}, {FloatsAttribute("scales", {1, 1, 2, 2})}});
    model.Gives<float>({{{1, 1, 4, 4}, expected}});
  }
  for (const auto& [opset, op] : {std::pair(9, "Upsample"), std::pair(10, "Resize")}) {
    OnnxModel model(opset);
    model.Input<float>("x", {1, 1, 2, 2}, {1, 2, 3, 4});
    model.model.Initializer(Floats("scales", {1, 1, 2, 2}));
    model.Add({op, {"x", "scales"}, {"y"}});
    model.Gives<float>({{{1, 1, 4, 4}, expected}});
  }
}

TEST_CASE("the first Resize takes the pixel behind where it shrinks", "[backends][movement]") {
  OnnxModel model(10);
  model.Input<float>("x", {5}, {0, 1, 2, 3, 4});
  model.model.Initializer(Floats("scales", {0.6f}));
  model.Add({"Resize", {"x", "scales"}, {"y"}});
  model.Gives<float>({{{3}, {0, 2, 4}}});  // 0, 1.67, 3.33
}

TEST_CASE("Resize to the nearest moves every type", "[backends][movement]") {
  OnnxModel model(13);
  model.Input<std::uint8_t>("x", {2, 1, 3}, {1, 2, 3, 4, 5, 6}).Ints("sizes", {2, 2, 6});
  model.Add({"Resize", {"x", "", "", "sizes"}, {"y"}});
  model.Gives<std::uint8_t>({{{2, 2, 6}, {1, 1, 2, 2, 3, 3, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 4, 4, 5, 5, 6, 6}}});
}

TEST_CASE("Resize names its axes, and keeps the aspect ratio", "[backends][movement]") {
  OnnxModel model(18);
  model.Input<float>("x", {1, 2, 4}, {0, 1, 2, 3, 4, 5, 6, 7}).Ints("sizes", {3, 2});
  const std::vector<std::string> axes = {IntsAttribute("axes", {2, -2}),
                                         StringAttribute("coordinate_transformation_mode", "asymmetric"),
                                         StringAttribute("nearest_mode", "floor")};
  SECTION("as it is told") {
    model.Add({"Resize", {"x", "", "", "sizes"}, {"y"}, axes});
    model.Gives<float>({{{1, 2, 3}, {0, 1, 2, 4, 5, 6}}});
  }
  SECTION("not larger: 3/4 of both") {
    std::vector<std::string> attributes = axes;
    attributes.push_back(StringAttribute("keep_aspect_ratio_policy", "not_larger"));
    model.Add({"Resize", {"x", "", "", "sizes"}, {"y"}, attributes});
    model.Gives<float>({{{1, 2, 3}, {0, 1, 2, 4, 5, 6}}}, false);
  }
  SECTION("not smaller: all of both") {
    std::vector<std::string> attributes = axes;
    attributes.push_back(StringAttribute("keep_aspect_ratio_policy", "not_smaller"));
    model.Add({"Resize", {"x", "", "", "sizes"}, {"y"}, attributes});
    model.Gives<float>({{{1, 2, 4}, {0, 1, 2, 3, 4, 5, 6, 7}}}, false);
  }
}

TEST_CASE("Resize interpolates linearly along several axes, also with the channels last", "[backends][movement]") {
  constexpr unsigned kSeed = 5;
  std::mt19937 random(kSeed);
  std::uniform_real_distribution<float> uniform(-1.0f, 1.0f);
  std::vector<float> x(2 * 3 * 4 * 5);
  for (float& element : x) element = uniform(random);
  OnnxModel model(13);
  model.Input<float>("x", {2, 3, 4, 5}, x);
  model.model.Initializer(Floats("scales", {1, 2, 0.75f, 1}));
  model.Add({"Resize", {"x", "", "scales"}, {"y"}, {StringAttribute("mode", "linear")}});
  MemoryBudget budget(kTestBudgetBytes);
  const auto session = model.Run(model.model.Build(), budget);
  REQUIRE(session.ok());
  REQUIRE(session->Output(0).shape == Shape{2, 6, 3, 5});
  const auto y = session->Output(0).elements<const float>();
  const auto at = [&](std::size_t n, double row, double column, std::size_t c) {
    const auto pixel = [&](double r, double k) {
      const auto i = static_cast<std::size_t>(std::clamp(r, 0.0, 2.0));
      const auto j = static_cast<std::size_t>(std::clamp(k, 0.0, 3.0));
      return static_cast<double>(x[((n * 3 + i) * 4 + j) * 5 + c]);
    };
    const double r = std::floor(row);
    const double k = std::floor(column);
    const double top = pixel(r, k) * (k + 1 - column) + pixel(r, k + 1) * (column - k);
    const double bottom = pixel(r + 1, k) * (k + 1 - column) + pixel(r + 1, k + 1) * (column - k);
    return top * (r + 1 - row) + bottom * (row - r);
  };
  // Coordinates below 4 and weights below 1 in float: a few roundings of each, twice, on elements below 1.
  constexpr double kTolerance = 16 * 4 * 0x1p-24;
  std::size_t next = 0;
  for (std::size_t n = 0; n < 2; ++n) {
    for (int i = 0; i < 6; ++i) {
      for (int j = 0; j < 3; ++j) {
        for (std::size_t c = 0; c < 5; ++c) {
          CHECK(static_cast<double>(y[next++]) ==
                Approx(at(n, HalfPixel(i, 2), HalfPixel(j, 0.75), c)).margin(kTolerance).epsilon(0));
        }
      }
    }
  }
}

TEST_CASE("what Resize does not do is refused by name", "[backends][movement]") {
  const auto refusal = [](const std::string& attribute) {
    OnnxModel model(18);
    model.Input<float>("x", {1, 1, 2, 2}, {1, 2, 3, 4}).Ints("sizes", {1, 1, 4, 4});
    model.Add({"Resize", {"x", "", "", "sizes"}, {"y"}, {attribute}, "grow"});
    return model.ErrorOf();
  };
  const Error antialias = refusal(IntAttribute("antialias", 1));
  CHECK(antialias.code == ErrorCode::model_unsupported_attribute);
  CHECK_THAT(antialias.message, Catch::Contains("antialias") && Catch::Contains("grow"));
  CHECK(refusal(StringAttribute("mode", "lanczos")).code == ErrorCode::model_unsupported_attribute);
  CHECK(refusal(IntsAttribute("axes", {0, 1})).code == ErrorCode::model_invalid_graph);
  CHECK(refusal(IntsAttribute("axes", {0, 1, 2, 2})).code == ErrorCode::shape_mismatch);
}

}  // namespace alice
