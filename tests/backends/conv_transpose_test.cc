#include <cstdint>

#include "backends/op_model.h"

namespace alice {
namespace {

/// Small integers, whose sums of products are exact.
std::vector<float> Integers(std::int64_t count, std::int64_t modulus) {
  std::vector<float> list;
  for (std::int64_t i = 0; i < count; ++i) list.push_back(static_cast<float>(i % modulus - modulus / 2));
  return list;
}

std::array<std::int64_t, 3> AtOf(std::int64_t offset, const std::array<std::int64_t, 3>& sizes) {
  return {offset / (sizes[1] * sizes[2]), offset / sizes[2] % sizes[1], offset % sizes[2]};
}

/// The spatial axes behind the first two, filled up to three in front.
std::array<std::int64_t, 3> SpatialOf(std::span<const std::int64_t> dims, std::int64_t otherwise) {
  std::array<std::int64_t, 3> sizes = {otherwise, otherwise, otherwise};
  std::copy(dims.begin(), dims.end(), sizes.end() - static_cast<std::ptrdiff_t>(dims.size()));
  return sizes;
}

/// Every product of x [N, C, ...] and w [C, O / group, ...], to where it belongs in y.
std::vector<float> Naive(const Shape& x_shape, const std::vector<float>& x, const Shape& w_shape,
                         const std::vector<float>& w, const std::vector<float>& bias,
                         const ConvTransposeAttributes& conv, const Shape& y_shape) {
  const std::size_t spatial = x_shape.rank() - 2;
  const auto x_size = SpatialOf(x_shape.dims().subspan(2), 1);
  const auto w_size = SpatialOf(w_shape.dims().subspan(2), 1);
  const auto y_size = SpatialOf(y_shape.dims().subspan(2), 1);
  const auto stride = SpatialOf(conv.window.strides.dims(), 1);
  const auto dilation = SpatialOf(conv.window.dilations.dims(), 1);
  const auto pad = SpatialOf(conv.window.pads.dims().first(conv.window.pads.rank() == 0 ? 0 : spatial), 0);
  const std::int64_t x_pixels = x_shape.Product(2, x_shape.rank());
  const std::int64_t y_pixels = y_shape.Product(2, y_shape.rank());
  const std::int64_t taps = w_shape.Product(2, w_shape.rank());
  const std::int64_t outputs = y_shape[1];
  const std::int64_t inputs = x_shape[1];
  std::vector<float> y(static_cast<std::size_t>(y_shape.elements()));
  for (std::int64_t i = 0; i < y_shape.elements(); ++i) {
    y[static_cast<std::size_t>(i)] = bias.empty() ? 0.0f : bias[static_cast<std::size_t>(i / y_pixels % outputs)];
  }
  for (std::int64_t from = 0; from < x_shape.elements(); ++from) {
    const std::int64_t sample = from / (x_pixels * inputs);
    const std::int64_t c = from / x_pixels % inputs;
    const std::int64_t group = c / (inputs / conv.group);
    const auto x_at = AtOf(from % x_pixels, x_size);
    for (std::int64_t o = 0; o < w_shape[1]; ++o) {
      for (std::int64_t tap = 0; tap < taps; ++tap) {
        const auto w_at = AtOf(tap, w_size);
        std::int64_t to = sample * outputs + group * w_shape[1] + o;
        bool is_inside = true;
        for (std::size_t axis = 0; axis < 3; ++axis) {
          const std::int64_t at = x_at[axis] * stride[axis] + w_at[axis] * dilation[axis] - pad[axis];
          is_inside = is_inside && at >= 0 && at < y_size[axis];
          to = to * y_size[axis] + at;
        }
        if (!is_inside) continue;
        y[static_cast<std::size_t>(to)] +=
            x[static_cast<std::size_t>(from)] * w[static_cast<std::size_t>((c * w_shape[1] + o) * taps + tap)];
      }
    }
  }
  return y;
}

ConvTransposeAttributes Strided(const Shape& strides, const Shape& pads = {}) {
  ConvTransposeAttributes conv;
  conv.window.strides = strides;
  conv.window.pads = pads;
  return conv;
}

void Check(const Shape& x_shape, const Shape& w_shape, const ConvTransposeAttributes& conv, const Shape& y_shape) {
  CAPTURE(x_shape.ToString(), w_shape.ToString(), y_shape.ToString());
  const std::vector<float> x = Integers(x_shape.elements(), 7);
  const std::vector<float> w = Integers(w_shape.elements(), 5);
  for (const bool constant : {false, true}) {
    const std::vector<float> bias = constant ? Integers(y_shape[1], 3) : std::vector<float>();
    for (const Isa isa : {Isa::reference, Isa::simd128}) {
      OpModel model;
      std::vector<ValueId> inputs = {model.Operand<float>("x", x_shape, x, false),
                                     model.Operand<float>("w", w_shape, w, constant)};
      if (constant) inputs.push_back(model.Operand<float>("b", {y_shape[1]}, bias, false));
      model.Output(model.Op(OpKind::ConvTranspose, inputs, conv));
      const Session session = model.Run(isa);
      CHECK(session.Output(0).shape == y_shape);
      CHECK(OutputOf<float>(session) == Naive(x_shape, x, w_shape, w, bias, conv, y_shape));
    }
  }
}

}  // namespace

TEST_CASE("ConvTranspose puts every product where the convolution would take it from", "[backends][conv_transpose]") {
  Check({2, 3, 5}, {3, 4, 3}, {}, {2, 4, 7});
  ConvTransposeAttributes conv = Strided({3}, {1, 2});
  conv.group = 2;
  conv.output_padding = {2};
  Check({1, 4, 5}, {4, 3, 4}, conv, {1, 6, 15});
  conv = Strided({2, 1}, {1, 0, 0, 2});
  conv.window.dilations = {1, 3};
  conv.group = 4;
  Check({2, 4, 3, 5}, {4, 1, 3, 2}, conv, {2, 4, 6, 6});
  Check({1, 2, 2, 3, 2}, {2, 3, 2, 1, 3}, Strided({1, 2, 2}), {1, 3, 3, 5, 5});
  // More output channels than a tile of 2^18 bytes holds: 9 products of 40 · 40 elements each.
  Check({1, 2, 40, 40}, {2, 9, 3, 3}, Strided({2, 2}, {1, 1, 1, 1}), {1, 9, 79, 79});
  // A stride that leaves gaps, a padding that swallows whole elements.
  Check({1, 1, 3}, {1, 1, 1}, Strided({4}, {5, 0}), {1, 1, 4});
}

TEST_CASE("the padding of a ConvTranspose follows from its output's shape", "[backends][conv_transpose]") {
  ConvTransposeAttributes conv = Strided({2});
  conv.output_shape = {6};
  OpModel model;
  const ValueId x = model.Operand<float>("x", {1, 1, 3}, {1, 10, 100}, false);
  const ValueId w = model.Operand<float>("w", {1, 1, 3}, {1, 2, 3}, true);
  // All of it is [1, 2, 13, 20, 130, 200, 300]: the odd element goes in front, but with SAME_UPPER behind.
  model.Output(model.Op(OpKind::ConvTranspose, {x, w}, conv));
  conv.window.auto_pad = AutoPad::same_upper;
  model.Output(model.Op(OpKind::ConvTranspose, {x, w}, conv));
  conv.output_shape = {};
  conv.window.auto_pad = AutoPad::same_lower;
  model.Output(model.Op(OpKind::ConvTranspose, {x, w}, conv));
  const Session session = model.Run(BestIsa());
  CHECK(OutputOf<float>(session, 0) == std::vector<float>{2, 13, 20, 130, 200, 300});
  CHECK(OutputOf<float>(session, 1) == std::vector<float>{1, 2, 13, 20, 130, 200});
  CHECK(OutputOf<float>(session, 2) == std::vector<float>{2, 13, 20, 130, 200, 300});
}

TEST_CASE("a ConvTranspose says which shapes do not fit", "[backends][conv_transpose]") {
  OpModel model;
  const ValueId x = model.Input("x", {model.Symbol("batch"), Dim::Known(3), Dim::Known(4)});
  const ValueId w = model.Constant<float>("w", {2, 1, 3}, std::vector<float>(6));
  const ValueId y = model.Op(OpKind::ConvTranspose, {x, w}, ConvTransposeAttributes{}, "up");
  const Status status = InferShapes(model.graph);
  REQUIRE_FALSE(status.ok());
  CHECK(status.error().code == ErrorCode::shape_mismatch);
  CHECK(status.error().message == "ConvTranspose \"up\": W [2, 1, 3] does not fit X [batch, 3, 4] and the attributes");
  model.node(0).inputs[1] = model.Constant<float>("w3", {3, 1, 3}, std::vector<float>(9));
  REQUIRE(InferShapes(model.graph).ok());
  CHECK(model.TypeOf(y) == "f32[batch, 1, 6]");
}

}  // namespace alice
