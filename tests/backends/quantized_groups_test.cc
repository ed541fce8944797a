// The judge of a quantized Conv in groups is the Conv of one group whose filters are 0 for the other channels: its codes,
// scales, sums and float operations are the same.
#include <catch2/catch.hpp>
#include <cmath>
#include <string_view>

#include "allocation_counter.h"
#include "backends/naive_conv.h"
#include "backends/op_model.h"
#include "backends/written_model.h"
#include "numeric/accepted_schemes.h"
#include "quant/quantize_model.h"
#include "random_floats.h"

namespace alice {
namespace {

struct GroupedCase {
  std::string name;
  NaiveConv conv;
  bool is_1d = false;
};

std::vector<GroupedCase> GroupedCases() {
  return {
      {"depthwise, 3 x 3 with padding", {2, 19, 7, 6, 19, 3, 3, 19, 1, 1, 1, 1, 1, 1, 1, 1}},
      {"depthwise, stride 2", {1, 8, 9, 8, 8, 3, 3, 8, 2, 2, 1, 1, 0, 0, 1, 1}},
      {"depthwise, strides and dilations differ by axis", {1, 5, 9, 11, 5, 3, 2, 5, 2, 3, 2, 1, 1, 0, 2, 3}},
      {"depthwise, padding wider than the window", {1, 3, 2, 2, 3, 2, 2, 3, 1, 1, 1, 1, 4, 5, 3, 4}},
      {"depthwise, three filters a channel", {2, 4, 6, 5, 12, 3, 3, 4, 1, 2, 1, 1, 1, 0, 1, 2}},
      {"depthwise, pointwise", {1, 9, 4, 5, 9, 1, 1, 9}},
      {"depthwise, 1-D", {2, 17, 1, 20, 17, 1, 5, 17, 1, 2, 1, 2, 0, 3, 0, 4}, true},
      {"two groups", {2, 6, 7, 6, 10, 3, 3, 2, 1, 1, 1, 1, 1, 1, 1, 1}},
      {"groups of whole panels", {1, 8, 6, 9, 32, 3, 2, 2, 2, 1, 1, 2, 1, 0, 0, 1}},
      {"one filter a group", {1, 12, 5, 4, 4, 2, 2, 4}},
      {"in groups, pointwise", {2, 12, 5, 4, 27, 1, 1, 3}},
      {"in groups, 1-D", {1, 10, 1, 30, 20, 1, 4, 5, 1, 2, 1, 1, 0, 1, 0, 2}, true},
      {"more patches than a tile", {1, 64, 40, 41, 64, 3, 3, 2, 1, 1, 1, 1, 1, 1, 1, 1}},
  };
}

GroupedCase CaseOf(std::string_view name) {
  for (GroupedCase& c : GroupedCases()) {
    if (c.name == name) return std::move(c);
  }
  FAIL("no case is called " << name);
  return {};
}

/// x → the Conv → what `behind` adds → y. Filters of the dense twin see all channels, but weigh one.
struct GroupedModel : OpModel {
  enum class Behind : std::uint8_t { nothing, relu, tanh };
  enum class Form : std::uint8_t { grouped, dense };

  GroupedModel(const GroupedCase& c, Form form, Behind behind = Behind::nothing, bool with_next = false) {
    const NaiveConv& conv = c.conv;
    x = RandomFloats(static_cast<std::size_t>(conv.samples * conv.channels * conv.rows * conv.columns), 1);
    const auto taps = static_cast<std::size_t>(conv.kernel_rows * conv.kernel_columns);
    const auto filters = static_cast<std::size_t>(conv.filters);
    std::vector<float> w = RandomFloats(filters * taps * static_cast<std::size_t>(conv.group_channels()), 2);
    if (form == Form::dense) w = Dense(w, conv, taps);
    const Shape plane = c.is_1d ? Shape{conv.columns} : Shape{conv.rows, conv.columns};
    const Shape kernel = c.is_1d ? Shape{conv.kernel_columns} : Shape{conv.kernel_rows, conv.kernel_columns};
    Shape x_shape{conv.samples, conv.channels};
    for (const std::int64_t size : plane.dims()) x_shape.Append(size);
    Shape w_shape{conv.filters, form == Form::dense ? conv.channels : conv.group_channels()};
    for (const std::int64_t size : kernel.dims()) w_shape.Append(size);
    ConvAttributes attributes;
    attributes.group = form == Form::dense ? 1 : conv.group;
    attributes.window.strides = c.is_1d ? Shape{conv.stride_columns} : Shape{conv.stride_rows, conv.stride_columns};
    attributes.window.dilations =
        c.is_1d ? Shape{conv.dilation_columns} : Shape{conv.dilation_rows, conv.dilation_columns};
    attributes.window.pads =
        c.is_1d ? Shape{conv.left, conv.right} : Shape{conv.top, conv.left, conv.bottom, conv.right};
    ValueId y = Op(OpKind::Conv,
                   {Operand<float>("x", x_shape, x, false), Constant<float>("w", w_shape, w),
                    Constant<float>("b", {conv.filters}, RandomFloats(filters, 3))},
                   attributes, "conv");
    if (behind == Behind::relu) y = Relu(y);
    if (behind == Behind::tanh) y = Op(OpKind::Tanh, {y}, Activation{ActivationKind::tanh});
    if (with_next) {
      Shape next{6, conv.filters};
      for (std::size_t axis = 0; axis < kernel.rank(); ++axis) next.Append(1);
      y = Op(OpKind::Conv, {y, Constant<float>("next", next, RandomFloats(6 * filters, 4))}, ConvAttributes{}, "next");
    }
    Output(y);
  }

  static std::vector<float> Dense(const std::vector<float>& w, const NaiveConv& conv, std::size_t taps) {
    const auto channels = static_cast<std::size_t>(conv.channels);
    const auto filters = static_cast<std::size_t>(conv.filters);
    const auto groups = static_cast<std::size_t>(conv.group);
    const std::size_t filter_size = channels / groups * taps;
    std::vector<float> dense(filters * channels * taps, 0.0f);
    for (std::size_t filter = 0; filter < filters; ++filter) {
      const std::size_t group = filter / (filters / groups);
      std::copy_n(w.data() + filter * filter_size, filter_size,
                  dense.data() + filter * channels * taps + group * filter_size);
    }
    return dense;
  }

  Session Make(const Scheme& scheme, Isa isa, FloatWeights float_weights = FloatWeights::kept) {
    REQUIRE(Optimize(graph, budget).ok());
    REQUIRE(QuantizeModel(graph, scheme, {}, budget).ok());
    auto session = Session::Create(std::move(graph), budget, isa, {.float_weights = float_weights});
    INFO((session.ok() ? "" : session.error().message));
    REQUIRE(session.ok());
    for (std::size_t node = 0; node < session->graph().nodes.size(); ++node) {
      const auto& form = session->graph().nodes[node].quantized;
      if (!form || scheme.activations.strategy != Strategy::fixed) continue;
      const bool is_next = session->graph().nodes[node].name == "next";
      session->SetRange(node, is_next ? QuantRange{-0.5f, 1.5f} : QuantRange{-0.9f, 1.0f});
    }
    std::memcpy(session->Input(0).data, x.data(), x.size() * sizeof(float));
    return std::move(*session);
  }

  std::vector<float> Answer(const Scheme& scheme, Isa isa) {
    Session session = Make(scheme, isa);
    REQUIRE(session.has_int8());
    session.Run(Precision::int8);
    return OutputOf<float>(session);
  }

  std::vector<float> x;
};

using Form = GroupedModel::Form;
using Behind = GroupedModel::Behind;

bool IsPerGroup(const Scheme& scheme) { return scheme.weights.granularity == Granularity::per_group; }

/// Schemes in which a Conv in groups runs quantized and its dense twin has the same scales.
std::vector<Scheme> ComparableSchemes() {
  std::vector<Scheme> schemes;
  for (const Scheme& scheme : AcceptedSchemes()) {
    if (IsPerGroup(scheme) || scheme.activations.granularity == ActivationGranularity::per_token) continue;
    schemes.push_back(scheme);
  }
  return schemes;
}

}  // namespace

TEST_CASE("a quantized Conv in groups gives the bits of a Conv of one group, in every geometry and scheme",
          "[backends]") {
  for (const GroupedCase& c : GroupedCases()) {
    for (const Scheme& scheme : ComparableSchemes()) {
      for (const Isa isa : {Isa::reference, BestIsa()}) {
        INFO(c.name << ", " << SchemeText(scheme));
        REQUIRE(GroupedModel(c, Form::grouped).Answer(scheme, isa) == GroupedModel(c, Form::dense).Answer(scheme, isa));
      }
    }
  }
}

TEST_CASE("a quantized Conv in groups hands its codes or ranges on", "[backends]") {
  for (const char* name : {"depthwise, 3 x 3 with padding", "two groups"}) {
    const GroupedCase c = CaseOf(name);
    for (const Scheme& scheme : ComparableSchemes()) {
      for (const Behind behind : {Behind::nothing, Behind::relu, Behind::tanh}) {
        INFO(name << ", " << SchemeText(scheme) << ", " << static_cast<int>(behind));
        REQUIRE(GroupedModel(c, Form::grouped, behind, true).Answer(scheme, BestIsa()) ==
                GroupedModel(c, Form::dense, behind, true).Answer(scheme, BestIsa()));
      }
    }
  }
}

TEST_CASE("who looks on sees the sums of all groups, and the answer is the same", "[backends]") {
  struct Sums final : RunObserver {
    void OnInt8Gemm(std::size_t /*node*/, const Int8GemmTrace& trace) override {
      seen.insert(seen.end(), trace.accumulators, trace.accumulators + trace.m * trace.n);
    }
    std::vector<std::int32_t> seen;
  };
  Scheme asymmetric;
  asymmetric.weights.symmetric = false;
  for (const Scheme& scheme : {Scheme{}, asymmetric}) {
    for (const char* name : {"depthwise, three filters a channel", "two groups", "more patches than a tile"}) {
      INFO(name << ", " << SchemeText(scheme));
      const auto seen_by = [&](Form form) {
        GroupedModel model(CaseOf(name), form);
        Session session = model.Make(scheme, BestIsa());
        Sums sums;
        session.Run(Precision::int8, &sums);
        CHECK(OutputOf<float>(session) == GroupedModel(CaseOf(name), form).Answer(scheme, BestIsa()));
        return sums.seen;
      };
      const std::vector<std::int32_t> seen = seen_by(Form::grouped);
      CHECK(!seen.empty());
      if (scheme.weights.symmetric) CHECK(seen == seen_by(Form::dense));
    }
  }
}

TEST_CASE("a group of the weights of a Conv in groups that holds all of its taps is a channel", "[backends]") {
  for (const char* name : {"depthwise, 3 x 3 with padding", "two groups"}) {
    const GroupedCase c = CaseOf(name);
    Scheme scheme;
    const std::vector<float> expected = GroupedModel(c, Form::grouped).Answer(scheme, BestIsa());
    scheme.weights.granularity = Granularity::per_group;
    scheme.weights.group_size = static_cast<std::size_t>(9 * c.conv.group_channels());
    CHECK(GroupedModel(c, Form::grouped).Answer(scheme, BestIsa()) == expected);
  }
}

TEST_CASE("a Conv in groups whose columns have several scales, or whose tokens have, stays in FP32", "[backends]") {
  Scheme groups;
  groups.weights.granularity = Granularity::per_group;
  groups.weights.group_size = 8;
  Scheme tokens;
  tokens.activations.granularity = ActivationGranularity::per_token;
  for (const char* name : {"depthwise, 3 x 3 with padding", "two groups"}) {
    for (const Scheme& scheme : {groups, tokens}) {
      CHECK_FALSE(GroupedModel(CaseOf(name), Form::grouped).Make(scheme, BestIsa()).has_int8());
    }
  }
}

TEST_CASE("a Conv in groups without float weights computes in float what its codes stand for", "[backends]") {
  for (const GroupedCase& c : GroupedCases()) {
    for (const Scheme& scheme : ComparableSchemes()) {
      INFO(c.name << ", " << SchemeText(scheme));
      const auto answer = [&](Form form) {
        GroupedModel model(c, form);
        Session session = model.Make(scheme, BestIsa(), FloatWeights::decoded);
        session.Run(Precision::fp32);
        return OutputOf<float>(session);
      };
      REQUIRE(answer(Form::grouped) == answer(Form::dense));
    }
  }
}

TEST_CASE("a quantized Conv in groups holds what was planned and allocates nothing on the run path", "[backends]") {
  for (const char* name : {"depthwise, three filters a channel", "in groups, pointwise"}) {
    for (const Scheme& scheme : AcceptedSchemes()) {
      for (const FloatWeights float_weights : {FloatWeights::kept, FloatWeights::decoded}) {
        INFO(name << ", " << SchemeText(scheme));
        GroupedModel model(CaseOf(name), Form::grouped, Behind::tanh, true);
        Session session = model.Make(scheme, BestIsa(), float_weights);
        session.ReleaseCodes();
        CHECK(session.planned().Total() == model.budget.held_bytes());
        const std::size_t before = AllocationCount();
        session.Run(Precision::int8);
        session.Run(Precision::fp32);
        CHECK(AllocationCount() == before);
      }
    }
  }
}

TEST_CASE("a quantized Conv in groups that was written as ONNX comes back as it was", "[backends]") {
  int written = 0;
  for (const char* name : {"depthwise, strides and dilations differ by axis", "depthwise, three filters a channel",
                           "depthwise, 1-D", "two groups", "in groups, 1-D"}) {
    for (const Scheme& scheme : ComparableSchemes()) {
      INFO(name << ", " << SchemeText(scheme));
      GroupedCase one = CaseOf(name);
      one.conv.samples = 1;  // ONNX has one range for all of them
      GroupedModel model(one, Form::grouped, Behind::relu);
      Session session = model.Make(scheme, BestIsa());
      const auto bytes = ExportQuantized(session.graph(), model.budget);
      if (!bytes.ok()) {
        CHECK(scheme.activations == ActivationScheme{.strategy = Strategy::dynamic, .symmetric = true});
        CHECK(bytes.error().code == ErrorCode::model_unsupported_type);
        continue;
      }
      ++written;
      session.Run(Precision::int8);
      CHECK(Int8AnswerOf(*bytes, model.x) == OutputOf<float>(session));
    }
  }
  CHECK(written >= 65);
}

}  // namespace alice
