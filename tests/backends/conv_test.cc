#include <catch2/catch.hpp>
#include <cmath>

#include "allocation_counter.h"
#include "backends/naive_conv.h"
#include "backends/op_model.h"
#include "backends/written_model.h"
#include "numeric/accepted_schemes.h"
#include "onnx/writer.h"
#include "passes/dynamic_int8.h"
#include "quant/quantize_model.h"
#include "random_floats.h"

namespace alice {
namespace {

/// The geometry with its operands, and how it is said in ONNX.
struct ConvCase {
  std::string name;
  NaiveConv conv;
  ConvAttributes attributes;
  bool is_1d = false;

  std::vector<float> x = RandomFloats(conv.samples * conv.channels * conv.rows * conv.columns, 1);
  std::vector<float> w = RandomFloats(conv.filters * conv.group_channels() * conv.kernel_rows * conv.kernel_columns, 2);
  std::vector<float> bias = RandomFloats(conv.filters, 3);

  [[nodiscard]] Shape x_shape() const {
    return is_1d ? Shape{conv.samples, conv.channels, conv.columns}
                 : Shape{conv.samples, conv.channels, conv.rows, conv.columns};
  }
  [[nodiscard]] Shape w_shape() const {
    return is_1d ? Shape{conv.filters, conv.group_channels(), conv.kernel_columns}
                 : Shape{conv.filters, conv.group_channels(), conv.kernel_rows, conv.kernel_columns};
  }
};

ConvAttributes AttributesOf(const NaiveConv& conv) {
  ConvAttributes attributes;
  attributes.window.strides = {conv.stride_rows, conv.stride_columns};
  attributes.window.dilations = {conv.dilation_rows, conv.dilation_columns};
  attributes.window.pads = {conv.top, conv.left, conv.bottom, conv.right};
  attributes.group = conv.group;
  return attributes;
}

ConvAttributes AutoPadded(AutoPad pad, const NaiveConv& conv) {
  ConvAttributes attributes = AttributesOf(conv);
  attributes.window.pads = {};
  attributes.window.auto_pad = pad;
  return attributes;
}

ConvCase Case2d(std::string name, const NaiveConv& conv) { return {std::move(name), conv, AttributesOf(conv)}; }

std::vector<ConvCase> Cases() {
  std::vector<ConvCase> cases;
  cases.push_back(Case2d("3 x 3", {2, 3, 7, 6, 5, 3, 3}));
  cases.push_back(Case2d("pointwise", {2, 21, 5, 4, 9, 1, 1}));
  cases.push_back(Case2d("pointwise with stride", {1, 4, 5, 5, 3, 1, 1, 1, 2, 2}));
  cases.push_back(
      Case2d("padded, strides and dilations differ by axis", {2, 4, 9, 11, 6, 3, 2, 1, 2, 3, 2, 1, 1, 0, 2, 3}));
  cases.push_back(Case2d("padding wider than the window", {1, 2, 2, 2, 3, 2, 2, 1, 1, 1, 1, 1, 4, 5, 3, 4}));
  cases.push_back(Case2d("two groups", {2, 6, 5, 6, 4, 3, 3, 2, 1, 1, 1, 1, 1, 1, 1, 1}));
  cases.push_back(Case2d("depthwise, two filters a channel", {1, 5, 6, 6, 10, 3, 3, 5, 2, 2, 1, 1, 1, 1, 0, 0}));
  cases.push_back(Case2d("more outputs than one tile", {2, 3, 40, 40, 17, 5, 5, 1, 1, 1, 1, 1, 2, 2, 2, 2}));
  cases.push_back(Case2d("a window as large as the input", {3, 4, 5, 5, 7, 5, 5}));
  NaiveConv same{1, 3, 6, 7, 4, 2, 4, 1, 2, 2, 1, 1, 0, 1, 0, 2};
  cases.push_back({"same_upper", same, AutoPadded(AutoPad::same_upper, same)});
  std::swap(same.left, same.right);
  cases.push_back({"same_lower", same, AutoPadded(AutoPad::same_lower, same)});
  const NaiveConv valid{1, 3, 6, 7, 4, 2, 4, 1, 2, 2};
  cases.push_back({"valid", valid, AutoPadded(AutoPad::valid, valid)});
  const NaiveConv line{2, 3, 1, 20, 4, 1, 5, 1, 1, 2, 1, 2, 0, 3, 0, 4};
  ConvAttributes line_attributes;
  line_attributes.window.strides = {2};
  line_attributes.window.dilations = {2};
  line_attributes.window.pads = {3, 4};
  cases.push_back({"1-D", line, line_attributes, true});
  return cases;
}

struct ConvModel : OpModel {
  explicit ConvModel(const ConvCase& c, bool with_bias = true) {
    const ValueId x = Operand<float>("x", c.x_shape(), c.x, false);
    std::vector<ValueId> inputs = {x, Constant<float>("w", c.w_shape(), c.w)};
    if (with_bias) inputs.push_back(Constant<float>("b", {c.conv.filters}, c.bias));
    Output(Op(OpKind::Conv, inputs, c.attributes, "conv"));
  }
};

/// The rows of patches [samples · outputs, kernel rows · kernel columns · channels] that W's matrix multiplies.
std::vector<float> PatchesOf(const ConvCase& c) {
  const NaiveConv& conv = c.conv;
  std::vector<float> patches;
  for (std::int64_t sample = 0; sample < conv.samples; ++sample) {
    for (std::int64_t row = 0; row < conv.out_rows(); ++row) {
      for (std::int64_t column = 0; column < conv.out_columns(); ++column) {
        for (std::int64_t i = 0; i < conv.kernel_rows; ++i) {
          for (std::int64_t j = 0; j < conv.kernel_columns; ++j) {
            for (std::int64_t channel = 0; channel < conv.channels; ++channel) {
              patches.push_back(conv.At(c.x, sample, channel, row, column, i, j));
            }
          }
        }
      }
    }
  }
  return patches;
}

std::vector<float> MatrixOf(const ConvCase& c) {
  const NaiveConv& conv = c.conv;
  std::vector<float> matrix;
  for (std::int64_t tap = 0; tap < conv.kernel_rows * conv.kernel_columns; ++tap) {
    for (std::int64_t channel = 0; channel < conv.channels; ++channel) {
      for (std::int64_t filter = 0; filter < conv.filters; ++filter) {
        const std::int64_t at = (filter * conv.channels + channel) * conv.kernel_rows * conv.kernel_columns + tap;
        matrix.push_back(c.w[static_cast<std::size_t>(at)]);
      }
    }
  }
  return matrix;
}

/// [outputs, filters] as [filters, outputs].
std::vector<float> Transposed(const std::vector<float>& x, std::int64_t filters) {
  const auto n = static_cast<std::size_t>(filters);
  std::vector<float> y;
  for (std::size_t filter = 0; filter < n; ++filter) {
    for (std::size_t at = filter; at < x.size(); at += n) y.push_back(x[at]);
  }
  return y;
}

Session Quantized(OpModel& model, const Scheme& scheme, Isa isa) {
  REQUIRE(Optimize(model.graph, model.budget).ok());
  REQUIRE(QuantizeModel(model.graph, scheme, {}, model.budget).ok());
  auto session = Session::Create(std::move(model.graph), model.budget, isa);
  REQUIRE(session.ok());
  for (std::size_t node = 0; node < session->graph().nodes.size(); ++node) {
    if (session->graph().nodes[node].quantized && scheme.activations.strategy == Strategy::fixed) {
      session->SetRange(node, {-0.9f, 1.0f});
    }
  }
  REQUIRE(session->has_int8());
  std::memcpy(session->Input(0).data, model.feeds[0].data(), model.feeds[0].size());
  session->Run(Precision::int8);
  return std::move(*session);
}

}  // namespace

TEST_CASE("Conv computes what ONNX says, in every geometry", "[backends]") {
  for (const ConvCase& c : Cases()) {
    for (const Isa isa : {Isa::reference, BestIsa()}) {
      for (const bool with_bias : {true, false}) {
        INFO(c.name);
        ConvModel model(c, with_bias);
        const std::vector<float> y = OutputOf<float>(model.Run(isa));
        const NaiveConv::Output expected = c.conv.Run(c.x, c.w, with_bias ? c.bias : std::vector<float>());
        REQUIRE(y.size() == expected.y.size());
        const auto terms = static_cast<double>(c.w.size() / c.bias.size() + 1);
        for (std::size_t i = 0; i < y.size(); ++i) {
          REQUIRE(std::abs(static_cast<double>(y[i]) - expected.y[i]) <= terms * 0x1p-24 * expected.bound[i]);
        }
      }
    }
  }
}

TEST_CASE("a quantized Conv is the quantized product of its patches, bit for bit, in every scheme", "[backends]") {
  // Overlapping windows that see every element, so that both have the same range.
  const ConvCase c = Case2d("", {1, 5, 9, 8, 19, 3, 2, 1, 1, 1, 1, 1, 1, 0, 2, 1});
  const std::int64_t rows = c.conv.out_rows() * c.conv.out_columns();
  const std::int64_t depth = static_cast<std::int64_t>(c.w.size()) / c.conv.filters;
  for (const Scheme& scheme : AcceptedSchemes()) {
    for (const Isa isa : {Isa::reference, BestIsa()}) {
      INFO(SchemeText(scheme));
      ConvModel conv(c);
      const Session conv_session = Quantized(conv, scheme, isa);
      OpModel gemm;
      const ValueId x = gemm.Operand<float>("x", {rows, depth}, PatchesOf(c), false);
      gemm.Output(gemm.Op(OpKind::Gemm,
                          {x, gemm.Constant<float>("w", {depth, c.conv.filters}, MatrixOf(c)),
                           gemm.Constant<float>("b", {c.conv.filters}, c.bias)},
                          GemmAttributes{}));
      const Session gemm_session = Quantized(gemm, scheme, isa);
      REQUIRE(OutputOf<float>(conv_session) == Transposed(OutputOf<float>(gemm_session), c.conv.filters));
    }
  }
}

TEST_CASE("each sample of a quantized Conv has a range of its own", "[backends]") {
  ConvCase both = Case2d("", {2, 3, 5, 6, 4, 3, 3, 1, 1, 1, 1, 1, 1, 1, 1, 1});
  const std::size_t half = both.x.size() / 2;
  for (std::size_t i = half; i < both.x.size(); ++i) both.x[i] *= 100.0f;
  ConvCase second = both;
  second.conv.samples = 1;
  second.x.erase(second.x.begin(), second.x.begin() + static_cast<std::ptrdiff_t>(half));
  ConvModel pair(both), single(second);
  const std::vector<float> together = OutputOf<float>(Quantized(pair, {}, BestIsa()));
  const std::vector<float> alone = OutputOf<float>(Quantized(single, {}, BestIsa()));
  CHECK(std::vector<float>(together.end() - static_cast<std::ptrdiff_t>(alone.size()), together.end()) == alone);
}

TEST_CASE("a Conv whose weights are computed at run time is refused by name", "[backends]") {
  OpModel model;
  const ValueId x = model.Input("x", {1, 2, 4, 4});
  model.Output(model.Op(OpKind::Conv, {x, model.Input("w", {3, 2, 2, 2})}, ConvAttributes{}, "late"));
  const auto session = model.Load(BestIsa());
  REQUIRE_FALSE(session.ok());
  CHECK(session.error().code == ErrorCode::model_unsupported_operator);
  CHECK(session.error().node == "late");
}

TEST_CASE("a quantized Conv allocates nothing on the run path", "[backends]") {
  for (const Scheme& scheme : AcceptedSchemes()) {
    ConvModel model(Cases()[3]);
    Session session = Quantized(model, scheme, BestIsa());
    const std::size_t before = AllocationCount();
    session.Run(Precision::int8);
    session.Run(Precision::fp32);
    CHECK(AllocationCount() == before);
  }
}

TEST_CASE("a quantized Conv that was written as ONNX comes back as it was", "[backends]") {
  const ConvCase c = Case2d("", {1, 5, 9, 8, 7, 3, 2, 1, 2, 1, 1, 2, 1, 0, 2, 1});
  int written = 0;
  for (const Scheme& scheme : AcceptedSchemes()) {
    INFO(SchemeText(scheme));
    ConvModel model(c);
    Session session = Quantized(model, scheme, BestIsa());
    const auto bytes = ExportQuantized(session.graph(), model.budget);
    const bool is_per_group = scheme.weights.granularity == Granularity::per_group;
    if (!bytes.ok()) {
      // Groups along the channels of each kernel position, symmetric dynamic activations and tokens have no form in ONNX.
      const ActivationScheme& activations = scheme.activations;
      CHECK((is_per_group || activations.granularity == ActivationGranularity::per_token ||
             (activations.strategy == Strategy::dynamic && activations.symmetric)));
      CHECK(bytes.error().code == ErrorCode::model_unsupported_type);
      CHECK(bytes.error().node == "conv");
      continue;
    }
    ++written;
    CHECK(Int8AnswerOf(*bytes, c.x) == OutputOf<float>(session));
  }
  CHECK(written >= 16);
}

}  // namespace alice
