#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <iostream>
#include <string>
#include <vector>

#include "conformance/refusals.h"
#include "conformance/report.h"
#include "conformance/run_vector.h"
#include "ir/op_kind.h"

namespace alice {
namespace {

/// How the vectors of an operator are run and how many there are.
struct Operator {
  std::string_view name;
  Closeness closeness;
  int passed;
  int unsupported;
  std::vector<BoundInputs> bindings = {{}};  ///< a vector passes when it passes with each of these
  std::string_view note = "";
};

constexpr std::string_view kConstants = "all inputs at run time, then all but the first as constants";

const std::vector<Operator>& Operators() {
  static const std::vector<Operator> operators = {
      {"Abs", Closeness::exact, 1, 0},
      {"Add", Closeness::exact, 3, 0},
      {"And", Closeness::exact, 8, 0},
      {"ArgMax", Closeness::exact, 16, 0},
      {"ArgMin", Closeness::exact, 16, 0},
      {"AveragePool", Closeness::sum, 13, 0},
      {"BatchNormalization", Closeness::irrational, 2, 2, {{}, {1, 2, 3, 4}}, kConstants},
      {"BitShift", Closeness::exact, 2, 6},
      {"Cast", Closeness::exact, 0, 20},
      {"Ceil", Closeness::exact, 2, 0},
      {"Celu", Closeness::irrational, 1, 0},
      {"Clip", Closeness::exact, 11, 0, {{}, {1, 2}}, "the bounds at run time, then as constants"},
      {"Concat", Closeness::exact, 12, 0},
      {"Constant", Closeness::irrational, 40, 0, {{1}}, "sizes as a constant"},
      {"ConstantOfShape", Closeness::exact, 3, 0, {{0}}, "the shape as a constant"},
      {"Conv", Closeness::exact, 6, 0, {{1}, {1, 2}}, "W as a constant"},
      {"ConvInteger", Closeness::exact, 3, 0, {{}, {1, 2, 3}}, kConstants},
      {"ConvTranspose", Closeness::sum_of_all, 10, 0, {{}, {1}}, kConstants},
      {"DepthToSpace", Closeness::exact, 4, 0},
      {"DequantizeLinear", Closeness::exact, 2, 0, {{}, {1, 2}}, kConstants},
      {"Div", Closeness::exact, 4, 0},
      {"Dropout", Closeness::exact, 6, 6},
      {"DynamicQuantizeLinear", Closeness::exact, 3, 0},
      {"Elu", Closeness::irrational, 0, 3},
      {"Equal", Closeness::exact, 2, 0},
      {"Erf", Closeness::irrational, 1, 0},
      {"Exp", Closeness::irrational, 2, 0},
      {"Expand", Closeness::exact, 2, 0, {{1}}, "the shape as a constant"},
      {"Flatten", Closeness::exact, 9, 0},
      {"Floor", Closeness::exact, 2, 0},
      {"Gather", Closeness::exact, 4, 0, {{}, {1}}, kConstants},
      {"Gemm", Closeness::sum, 11, 0},
      {"GlobalAveragePool", Closeness::sum, 0, 2},
      {"GRU", Closeness::irrational, 4, 0, {{}, {1, 2, 3}}, kConstants},
      {"GlobalMaxPool", Closeness::exact, 0, 2},
      {"Greater", Closeness::exact, 4, 0},
      {"GreaterOrEqual", Closeness::exact, 2, 0},
      {"HardSigmoid", Closeness::exact, 1, 3},
      {"HardSwish", Closeness::irrational, 1, 0},
      {"Identity", Closeness::exact, 1, 2},
      {"If", Closeness::exact, 1, 2, {{}, {0}}, "the condition at run time, then as a constant"},
      {"InstanceNormalization", Closeness::irrational, 0, 2},
      {"LRN", Closeness::irrational, 2, 0},
      {"LSTM", Closeness::irrational, 4, 0, {{}, {1, 2, 3, 4, 5, 6, 7}}, kConstants},
      {"LayerNormalization", Closeness::irrational, 19, 0, {{}, {1, 2}}, kConstants},
      {"LeakyRelu", Closeness::exact, 3, 0},
      {"Less", Closeness::exact, 4, 0},
      {"LessOrEqual", Closeness::exact, 2, 0},
      {"Log", Closeness::irrational, 2, 0},
      {"LogSoftmax", Closeness::irrational, 7, 0},
      {"Loop", Closeness::exact, 1, 2, {{0, 1}}, "trip count and condition as constants"},
      {"MatMul", Closeness::sum, 3, 0},
      {"MatMulInteger", Closeness::exact, 1, 0, {{}, {1, 2, 3}}, kConstants},
      {"Max", Closeness::exact, 8, 6},
      {"MaxPool", Closeness::exact, 15, 0},
      {"Mean", Closeness::exact, 3, 0},
      {"MeanVarianceNormalization", Closeness::irrational, 1, 0},
      {"Min", Closeness::exact, 8, 6},
      {"Mod", Closeness::exact, 7, 6},
      {"Mul", Closeness::exact, 4, 0},
      {"Neg", Closeness::exact, 2, 0},
      {"Not", Closeness::exact, 0, 3},
      {"Or", Closeness::exact, 8, 0},
      {"PRelu", Closeness::exact, 2, 0},
      {"Pad", Closeness::exact, 3, 0, {{1}, {1, 2}}, "the pads as a constant"},
      {"Pow", Closeness::irrational, 12, 2, {{}, {1}}, "all inputs at run time, then the exponent as a constant"},
      {"QLinearConv", Closeness::exact, 1, 0, {{1, 2, 3, 4, 5, 6, 7}}, "all but x as constants"},
      {"QLinearMatMul", Closeness::exact, 2, 0, {{}, {1, 2, 3, 4, 5, 6, 7}}, kConstants},
      {"QuantizeLinear", Closeness::exact, 2, 0, {{}, {1, 2}}, kConstants},
      {"RNN", Closeness::irrational, 4, 0, {{}, {1, 2, 3}}, kConstants},
      {"Range", Closeness::exact, 2, 0, {{0, 1, 2}}, "start, limit and delta as constants"},
      {"Reciprocal", Closeness::exact, 2, 0},
      {"ReduceL1", Closeness::sum_of_all, 8, 0},
      {"ReduceL2", Closeness::sum_of_all, 8, 0},
      {"ReduceLogSum", Closeness::irrational, 4, 1},
      {"ReduceLogSumExp", Closeness::irrational, 0, 8},
      {"ReduceMax", Closeness::exact, 8, 0},
      {"ReduceMean", Closeness::sum_of_all, 8, 0},
      {"ReduceMin", Closeness::exact, 8, 0},
      {"ReduceProd", Closeness::sum_of_all, 8, 0},
      {"ReduceSum", Closeness::sum_of_all, 10, 0, {{1}}, "the axes as a constant"},
      {"ReduceSumSquare", Closeness::sum_of_all, 8, 0},
      {"Relu", Closeness::exact, 1, 0},
      {"Reshape", Closeness::exact, 10, 0, {{1}}, "the shape as a constant"},
      {"Resize", Closeness::irrational, 22, 0, {{1, 2}}, "region, scales and sizes as constants"},
      {"Round", Closeness::exact, 1, 0},
      {"Selu", Closeness::irrational, 0, 3},
      {"Shape", Closeness::exact, 10, 0},
      {"Sigmoid", Closeness::irrational, 2, 0},
      {"Sign", Closeness::exact, 1, 0},
      {"Size", Closeness::exact, 2, 0},
      {"Slice", Closeness::exact, 8, 0, {{1, 2, 3, 4}}, "all but the data as constants"},
      {"Softmax", Closeness::irrational, 7, 0},
      {"Softplus", Closeness::irrational, 0, 2},
      {"Softsign", Closeness::exact, 0, 2},
      {"SpaceToDepth", Closeness::exact, 2, 0},
      {"Split", Closeness::exact, 7, 0, {{1}}, "the sizes as a constant"},
      {"Sqrt", Closeness::exact, 2, 0},
      {"Squeeze", Closeness::exact, 2, 0, {{1}}, "the axes as a constant"},
      {"Sub", Closeness::exact, 4, 2},
      {"Sum", Closeness::exact, 3, 0},
      {"Tanh", Closeness::irrational, 2, 0},
      {"ThresholdedRelu", Closeness::exact, 3, 0},
      {"Tile", Closeness::exact, 2, 0, {{1}}, "the repeats as a constant"},
      {"TopK", Closeness::exact, 3, 0, {{1}}, "k as a constant"},
      {"Transpose", Closeness::exact, 7, 0},
      {"Unsqueeze", Closeness::exact, 8, 0, {{1}}, "the axes as a constant"},
      {"Upsample", Closeness::exact, 1, 0, {{1}}, "the scales as a constant"},
      {"Where", Closeness::exact, 2, 0},
      {"Xor", Closeness::exact, 8, 0},
  };
  return operators;
}

std::string VectorFolder() {
  const char* const given = std::getenv("ALICE_ONNX_TESTDATA");
  return given != nullptr ? given : "/usr/share/libonnx-testdata/data/node";
}

/// The loosest that an operator of the vector asks for.
Closeness ClosenessOf(const NodeVector& vector) {
  Closeness closeness = Closeness::exact;
  for (const std::string& name : vector.operators) {
    const auto by = std::ranges::find(Operators(), name, &Operator::name);
    if (by != Operators().end()) closeness = std::max(closeness, by->closeness);
  }
  return closeness;
}

Status RunAll(const NodeVector& vector, const Operator& by) {
  for (const Isa isa : {Isa::reference, BestIsa()}) {
    for (const BoundInputs& bound : by.bindings) {
      ALICE_RETURN_IF_ERROR(RunNodeVector(vector, bound, ClosenessOf(vector), isa));
    }
  }
  return {};
}

/// The vector's operator that the engine does not have; empty where it has them all.
std::string ForeignOperator(const NodeVector& vector) {
  const auto foreign =
      std::ranges::find_if_not(vector.operators, [](const std::string& name) { return FindOp("", name).has_value(); });
  return foreign == vector.operators.end() ? "" : *foreign;
}

/// Runs the vector and says what came of it.
VectorResult Judge(const NodeVector& vector) {
  VectorResult result{.by = ForeignOperator(vector), .vector = vector.name, .outcome = Outcome::foreign};
  if (!result.by.empty()) return result;
  result.by = vector.operators.front();
  const auto by = std::ranges::find(Operators(), result.by, &Operator::name);
  if (by == Operators().end()) {
    result.outcome = Outcome::failed;
    result.detail = "the operator is not in the list of this test";
    return result;
  }
  const Status status = RunAll(vector, *by);
  const Refusal* const refusal = FindRefusal(vector.name);
  if (status.ok()) {
    result.outcome = refusal == nullptr ? Outcome::passed : Outcome::failed;
    result.detail = refusal == nullptr ? by->note : "passes, and is listed as unsupported";
  } else if (refusal != nullptr && refusal->code == status.error().code) {
    result.outcome = Outcome::unsupported;
    result.detail = refusal->reason;
  } else {
    result.outcome = Outcome::failed;
    result.detail = std::string(ErrorCodeName(status.error().code)) + ": " + status.error().message;
  }
  return result;
}

}  // namespace

TEST_CASE("the official ONNX node vectors of every listed operator pass", "[conformance]") {
  std::vector<VectorResult> results;
  for (const NodeVector& vector : ListNodeVectors(VectorFolder())) {
    results.push_back(Judge(vector));
    INFO(vector.name << ": " << results.back().detail);
    CHECK(results.back().outcome != Outcome::failed);
  }
  if (results.empty()) {
    std::cout << "ALICE-SKIP: there are no ONNX node vectors in " << VectorFolder()
              << " (Debian's package libonnx-testdata; ALICE_ONNX_TESTDATA names another folder)\n";
    return;
  }
  for (const Operator& by : Operators()) {
    INFO(by.name);
    CHECK(CountOf(results, by.name, Outcome::passed) == by.passed);
    CHECK(CountOf(results, by.name, Outcome::unsupported) == by.unsupported);
  }
  if (const char* const file = std::getenv("ALICE_CONFORMANCE_REPORT"); file != nullptr) {
    REQUIRE(WriteReport(results, file));
  }
}

}  // namespace alice
