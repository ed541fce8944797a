#include <cstdint>
#include <limits>

#include "backends/onnx_model.h"

namespace alice {
namespace {

using Places = std::vector<std::int64_t>;

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

TestNode Pool(const std::string& kind, const std::vector<std::string>& outputs,
              const std::vector<std::string>& attributes) {
  return {kind, {"x"}, outputs, attributes, "pool"};
}

/// The second output of a MaxPool of x [2, 1, 2, 3] under windows of 2 × 2.
void CheckPlaces(const std::vector<float>& x, std::int64_t storage_order, const Places& places) {
  OnnxModel model(12);
  model.Input<float>("x", {2, 1, 2, 3}, x);
  model.model.Add(Pool("MaxPool", {"y", "at"},
                       {IntsAttribute("kernel_shape", {2, 2}), IntAttribute("storage_order", storage_order)}));
  model.Add({"Identity", {"at"}, {"places"}});
  model.Gives<std::int64_t>({{{2, 1, 1, 2}, places}});
}

}  // namespace

TEST_CASE("MaxPool says where the first of equal maxima lies in X", "[backends][pool]") {
  const std::vector<float> x = {1, 5, 5, 0, 2, 5, 7, 7, 1, 7, 7, 9};
  CheckPlaces(x, 0, {1, 1, 6, 11});
  CheckPlaces(x, 1, {2, 2, 6, 11});
  CheckPlaces({kNan, kNan, 2, kNan, kNan, 1, 0, 0, 0, 0, 0, 0}, 0, {0, 2, 6, 7});
}

TEST_CASE("MaxPool of 8-bit integers", "[backends][pool]") {
  OnnxModel model(12);
  SECTION("unsigned") {
    model.Input<std::uint8_t>("x", {1, 1, 5}, {0, 255, 3, 200, 1});
    model.Add(Pool("MaxPool", {"y"}, {IntsAttribute("kernel_shape", {2}), IntsAttribute("strides", {2})}));
    model.Gives<std::uint8_t>({{{1, 1, 2}, {255, 200}}});
  }
  SECTION("signed, with padding that is below everything") {
    model.Input<std::int8_t>("x", {1, 2, 3}, {-128, -127, -5, 1, 127, -1});
    model.Add(Pool("MaxPool", {"y"}, {IntsAttribute("kernel_shape", {2}), IntsAttribute("pads", {1, 0})}));
    model.Gives<std::int8_t>({{{1, 2, 3}, {-128, -127, -5, 1, 127, 127}}});
  }
}

TEST_CASE("pooling over three spatial axes", "[backends][pool]") {
  OnnxModel model(12);
  model.Input<float>("x", {1, 1, 2, 2, 3}, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12});
  SECTION("means, with padding that counts") {
    model.Add(Pool("AveragePool", {"y"},
                   {IntsAttribute("kernel_shape", {2, 2, 2}), IntsAttribute("strides", {2, 2, 2}),
                    IntsAttribute("pads", {0, 0, 0, 0, 0, 1}), IntAttribute("count_include_pad", 1)}));
    model.Gives<float>({{{1, 1, 1, 1, 2}, {6, 3.75f}}});
  }
  SECTION("means, with padding that does not") {
    model.Add(Pool("AveragePool", {"y"},
                   {IntsAttribute("kernel_shape", {2, 2, 2}), IntsAttribute("strides", {2, 2, 2}),
                    IntsAttribute("pads", {0, 0, 0, 0, 0, 1})}));
    model.Gives<float>({{{1, 1, 1, 1, 2}, {6, 7.5f}}});
  }
  SECTION("maxima, dilated") {
    model.Add(
        Pool("MaxPool", {"y"}, {IntsAttribute("kernel_shape", {1, 2, 2}), IntsAttribute("dilations", {1, 1, 2})}));
    model.Gives<float>({{{1, 1, 2, 1, 1}, {6, 12}}});
  }
}

TEST_CASE("pooled constants", "[backends][pool]") {
  OnnxModel model(12);
  model.Input<float>("b", {1, 2, 1, 1}, {10, 20});
  model.model.Initializer(FloatTensor("x", {1, 2, 1, 4}, {1, 5, 2, 3, 8, 6, 7, 7}));
  const auto pool = [&](const std::string& kind, const std::vector<std::string>& attributes) {
    model.model.Add(Pool(kind, {"pooled"}, attributes));
    model.Add({"Add", {"pooled", "b"}, {"y"}});
  };
  SECTION("MaxPool") {
    pool("MaxPool", {IntsAttribute("kernel_shape", {1, 3})});
    model.Gives<float>({{{1, 2, 1, 2}, {15, 15, 28, 27}}});
  }
  SECTION("AveragePool") {
    pool("AveragePool", {IntsAttribute("kernel_shape", {1, 2}), IntsAttribute("strides", {1, 2})});
    model.Gives<float>({{{1, 2, 1, 2}, {13, 12.5f, 27, 27}}});
  }
  SECTION("GlobalMaxPool") {
    pool("GlobalMaxPool", {});
    model.Gives<float>({{{1, 2, 1, 1}, {15, 28}}});
  }
  SECTION("GlobalAveragePool") {
    pool("GlobalAveragePool", {});
    model.Gives<float>({{{1, 2, 1, 1}, {12.75f, 27}}});
  }
}

TEST_CASE("pools of other types are refused", "[backends][pool]") {
  OnnxModel model(12);
  model.Input<std::int32_t>("x", {1, 1, 4}, {1, 2, 3, 4});
  model.model.Add(Pool("MaxPool", {"y"}, {IntsAttribute("kernel_shape", {2})}));
  const Error error = model.ErrorOf();
  CHECK(error.code == ErrorCode::model_unsupported_type);
  CHECK_THAT(error.message, Catch::Contains("\"x\""));
}

}  // namespace alice
