#include <catch2/catch.hpp>
#include <cstdlib>
#include <iomanip>
#include <iostream>
#include <map>
#include <string>
#include <vector>

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
      {"Add", Closeness::exact, 3, 0},
      {"ArgMax", Closeness::exact, 16, 0},
      {"ArgMin", Closeness::exact, 16, 0},
      {"AveragePool", Closeness::sum, 12, 1},
      {"BatchNormalization", Closeness::irrational, 2, 2, {{}, {1, 2, 3, 4}}, kConstants},
      {"Cast", Closeness::exact, 0, 20},
      {"Clip", Closeness::exact, 8, 3, {{1, 2}}, "the bounds as constants"},
      {"Concat", Closeness::exact, 12, 0},
      {"Constant", Closeness::irrational, 8, 0},
      {"Conv", Closeness::exact, 6, 0, {{1}, {1, 2}}, "W as a constant"},
      {"ConvInteger", Closeness::exact, 0, 3, {{1}}, "w as a constant"},
      {"ConvTranspose", Closeness::sum_of_all, 10, 0, {{}, {1}}, kConstants},
      {"DequantizeLinear", Closeness::exact, 2, 0, {{}, {1, 2}}, kConstants},
      {"Div", Closeness::exact, 3, 1},
      {"DynamicQuantizeLinear", Closeness::exact, 3, 0},
      {"Exp", Closeness::irrational, 2, 0},
      {"Flatten", Closeness::exact, 9, 0},
      {"Gemm", Closeness::sum, 11, 0},
      {"GlobalAveragePool", Closeness::sum, 0, 2},
      {"GlobalMaxPool", Closeness::exact, 0, 2},
      {"GRU", Closeness::irrational, 4, 0, {{}, {1, 2, 3}}, kConstants},
      {"Identity", Closeness::exact, 1, 2},
      {"InstanceNormalization", Closeness::irrational, 0, 2},
      {"LRN", Closeness::irrational, 2, 0},
      {"LSTM", Closeness::irrational, 4, 0, {{}, {1, 2, 3, 4, 5, 6, 7}}, kConstants},
      {"LayerNormalization", Closeness::irrational, 19, 0, {{}, {1, 2}}, kConstants},
      {"LeakyRelu", Closeness::exact, 3, 0},
      {"MatMul", Closeness::sum, 3, 0},
      {"MatMulInteger", Closeness::exact, 1, 0, {{}, {1, 2, 3}}, kConstants},
      {"MaxPool", Closeness::exact, 11, 4},
      {"MeanVarianceNormalization", Closeness::irrational, 1, 0},
      {"Mul", Closeness::exact, 4, 0},
      {"QLinearConv", Closeness::exact, 1, 0, {{1, 2, 3, 4, 5, 6, 7}}, "all but x as constants"},
      {"QLinearMatMul", Closeness::exact, 2, 0, {{}, {1, 2, 3, 4, 5, 6, 7}}, kConstants},
      {"QuantizeLinear", Closeness::exact, 2, 0, {{}, {1, 2}}, kConstants},
      {"RNN", Closeness::irrational, 4, 0, {{}, {1, 2, 3}}, kConstants},
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
      {"Reshape", Closeness::exact, 9, 1, {{1}}, "the shape as a constant"},
      {"Sigmoid", Closeness::irrational, 2, 0},
      {"Softmax", Closeness::irrational, 7, 0},
      {"Sub", Closeness::exact, 4, 0},
      {"Tanh", Closeness::irrational, 2, 0},
      {"TopK", Closeness::exact, 3, 0, {{1}}, "k as a constant"},
      {"Transpose", Closeness::exact, 7, 0},
  };
  return operators;
}

/// The vectors that Alice refuses, and how.
const std::map<std::string_view, ErrorCode>& Unsupported() {
  static const std::map<std::string_view, ErrorCode> unsupported = {
      // Statistics of training.
      {"test_batchnorm_epsilon_training_mode", ErrorCode::model_unsupported_attribute},
      {"test_batchnorm_example_training_mode", ErrorCode::model_unsupported_attribute},
      // Element types that Alice does not have.
      {"test_cast_BFLOAT16_to_FLOAT", ErrorCode::model_unsupported_type},
      {"test_cast_DOUBLE_to_FLOAT", ErrorCode::model_unsupported_type},
      {"test_cast_DOUBLE_to_FLOAT16", ErrorCode::model_unsupported_type},
      {"test_cast_FLOAT16_to_DOUBLE", ErrorCode::model_unsupported_type},
      {"test_cast_FLOAT16_to_FLOAT", ErrorCode::model_unsupported_type},
      {"test_cast_FLOAT_to_BFLOAT16", ErrorCode::model_unsupported_type},
      {"test_cast_FLOAT_to_DOUBLE", ErrorCode::model_unsupported_type},
      {"test_cast_FLOAT_to_FLOAT16", ErrorCode::model_unsupported_type},
      {"test_cast_FLOAT_to_STRING", ErrorCode::model_unsupported_type},
      {"test_cast_STRING_to_FLOAT", ErrorCode::model_unsupported_type},
      {"test_castlike_BFLOAT16_to_FLOAT_expanded", ErrorCode::model_unsupported_type},
      {"test_castlike_DOUBLE_to_FLOAT16_expanded", ErrorCode::model_unsupported_type},
      {"test_castlike_DOUBLE_to_FLOAT_expanded", ErrorCode::model_unsupported_type},
      {"test_castlike_FLOAT16_to_DOUBLE_expanded", ErrorCode::model_unsupported_type},
      {"test_castlike_FLOAT16_to_FLOAT_expanded", ErrorCode::model_unsupported_type},
      {"test_castlike_FLOAT_to_BFLOAT16_expanded", ErrorCode::model_unsupported_type},
      {"test_castlike_FLOAT_to_DOUBLE_expanded", ErrorCode::model_unsupported_type},
      {"test_castlike_FLOAT_to_FLOAT16_expanded", ErrorCode::model_unsupported_type},
      {"test_castlike_FLOAT_to_STRING_expanded", ErrorCode::model_unsupported_type},
      {"test_castlike_STRING_to_FLOAT_expanded", ErrorCode::model_unsupported_type},
      {"test_identity_opt", ErrorCode::model_unsupported_type},
      {"test_identity_sequence", ErrorCode::model_unsupported_type},
      // Clip is an activation of floats.
      {"test_clip_default_int8_inbounds", ErrorCode::model_unsupported_type},
      {"test_clip_default_int8_max", ErrorCode::model_unsupported_type},
      {"test_clip_default_int8_min", ErrorCode::model_unsupported_type},
      // Only as a part of the INT8 form of Conv.
      {"test_basic_convinteger", ErrorCode::model_unsupported_operator},
      {"test_convinteger_with_padding", ErrorCode::model_unsupported_operator},
      {"test_convinteger_without_padding", ErrorCode::model_unsupported_operator},
      // Three spatial axes.
      {"test_averagepool_3d_default", ErrorCode::model_unsupported_attribute},
      {"test_maxpool_3d_default", ErrorCode::model_unsupported_attribute},
      // Div and MaxPool are of floats.
      {"test_div_uint8", ErrorCode::model_unsupported_type},
      {"test_maxpool_2d_uint8", ErrorCode::model_unsupported_type},
      // Double.
      {"test_reduce_log_sum_exp_default_axes_keepdims_example", ErrorCode::model_unsupported_type},
      {"test_reduce_log_sum_exp_default_axes_keepdims_random", ErrorCode::model_unsupported_type},
      {"test_reduce_log_sum_exp_do_not_keepdims_example", ErrorCode::model_unsupported_type},
      {"test_reduce_log_sum_exp_do_not_keepdims_random", ErrorCode::model_unsupported_type},
      {"test_reduce_log_sum_exp_keepdims_example", ErrorCode::model_unsupported_type},
      {"test_reduce_log_sum_exp_keepdims_random", ErrorCode::model_unsupported_type},
      {"test_reduce_log_sum_exp_negative_axes_keepdims_example", ErrorCode::model_unsupported_type},
      {"test_reduce_log_sum_exp_negative_axes_keepdims_random", ErrorCode::model_unsupported_type},
      // The indices of the maxima.
      {"test_maxpool_with_argmax_2d_precomputed_pads", ErrorCode::model_unsupported_attribute},
      {"test_maxpool_with_argmax_2d_precomputed_strides", ErrorCode::model_unsupported_attribute},
      // Operator sets 1 and 6.
      {"test_globalaveragepool", ErrorCode::model_unsupported_opset},
      {"test_globalaveragepool_precomputed", ErrorCode::model_unsupported_opset},
      {"test_globalmaxpool", ErrorCode::model_unsupported_opset},
      {"test_globalmaxpool_precomputed", ErrorCode::model_unsupported_opset},
      {"test_instancenorm_epsilon", ErrorCode::model_unsupported_opset},
      {"test_instancenorm_example", ErrorCode::model_unsupported_opset},
      {"test_reduce_log_sum", ErrorCode::model_unsupported_opset},
      // An input axis of size 0 is read as one whose size is known only at run time.
      {"test_reshape_allowzero_reordered", ErrorCode::shape_unresolved},
  };
  return unsupported;
}

std::string VectorFolder() {
  const char* const given = std::getenv("ALICE_ONNX_TESTDATA");
  return given != nullptr ? given : "/usr/share/libonnx-testdata/data/node";
}

bool AllListed(const std::vector<std::string>& operators) {
  return !operators.empty() &&
         std::ranges::all_of(operators, [](const std::string& name) { return FindOp("", name).has_value(); });
}

Status RunAll(const NodeVector& vector, const Operator& by) {
  for (const Isa isa : {Isa::reference, BestIsa()}) {
    for (const BoundInputs& bound : by.bindings) {
      ALICE_RETURN_IF_ERROR(RunNodeVector(vector, bound, by.closeness, isa));
    }
  }
  return {};
}

struct Count {
  int passed = 0;
  int unsupported = 0;
};

void PrintTable(const std::map<std::string_view, Count>& counts) {
  std::cout << "official ONNX node vectors\n";
  for (const Operator& by : Operators()) {
    const auto found = counts.find(by.name);
    const Count count = found == counts.end() ? Count() : found->second;
    std::cout << "  " << std::left << std::setw(24) << by.name << std::right << std::setw(3) << count.passed
              << " passed" << std::setw(4) << count.unsupported << " unsupported" << (by.note.empty() ? "" : "   with ")
              << by.note << "\n";
  }
}

}  // namespace

TEST_CASE("the official ONNX node vectors of every listed operator pass", "[conformance]") {
  const std::vector<NodeVector> vectors = ListNodeVectors(VectorFolder());
  if (vectors.empty()) {
    std::cout << "ALICE-SKIP: there are no ONNX node vectors in " << VectorFolder()
              << " (Debian's package libonnx-testdata; ALICE_ONNX_TESTDATA names another folder)\n";
    return;
  }
  std::map<std::string_view, Count> counts;
  for (const NodeVector& vector : vectors) {
    if (!AllListed(vector.operators)) continue;
    INFO(vector.name);
    const auto by = std::ranges::find(Operators(), vector.operators.front(), &Operator::name);
    REQUIRE(by != Operators().end());
    const Status status = RunAll(vector, *by);
    const auto unsupported = Unsupported().find(vector.name);
    if (status.ok()) {
      ++counts[by->name].passed;
      CHECK(unsupported == Unsupported().end());
      continue;
    }
    ++counts[by->name].unsupported;
    std::cout << "  unsupported: " << vector.name << ": " << status.error().message << "\n";
    INFO(ErrorCodeName(status.error().code) << ": " << status.error().message);
    CHECK((unsupported != Unsupported().end() && unsupported->second == status.error().code));
  }
  PrintTable(counts);
  for (const Operator& by : Operators()) {
    INFO(by.name);
    CHECK(counts[by.name].passed == by.passed);
    CHECK(counts[by.name].unsupported == by.unsupported);
  }
}

}  // namespace alice
