#include <algorithm>
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
      {"Abs", Closeness::exact, 1, 0},
      {"Add", Closeness::exact, 3, 0},
      {"And", Closeness::exact, 8, 0},
      {"ArgMax", Closeness::exact, 16, 0},
      {"ArgMin", Closeness::exact, 16, 0},
      {"AveragePool", Closeness::sum, 12, 1},
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
      {"ConvInteger", Closeness::exact, 0, 3, {{1}}, "w as a constant"},
      {"ConvTranspose", Closeness::sum_of_all, 10, 0, {{}, {1}}, kConstants},
      {"DepthToSpace", Closeness::exact, 4, 0},
      {"DequantizeLinear", Closeness::exact, 2, 0, {{}, {1, 2}}, kConstants},
      {"Div", Closeness::exact, 4, 0},
      {"Dropout", Closeness::exact, 4, 8},
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
      {"MaxPool", Closeness::exact, 11, 4},
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
      {"Reshape", Closeness::exact, 9, 1, {{1}}, "the shape as a constant"},
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
      {"Split", Closeness::exact, 6, 1, {{1}}, "the sizes as a constant"},
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

/// The vectors that Alice refuses, and how.
const std::map<std::string_view, ErrorCode>& Unsupported() {
  static const std::map<std::string_view, ErrorCode> unsupported = {
      // Statistics of training.
      {"test_batchnorm_epsilon_training_mode", ErrorCode::model_unsupported_attribute},
      {"test_batchnorm_example_training_mode", ErrorCode::model_unsupported_attribute},
      // Range as a Loop whose trip count is known only at a run.
      {"test_range_float_type_positive_delta_expanded", ErrorCode::shape_unresolved},
      {"test_range_int32_type_negative_delta_expanded", ErrorCode::shape_unresolved},
      // Optional tensors and sequences, which data read as tensors cannot be.
      {"test_if_opt", ErrorCode::model_unsupported_operator},
      {"test_if_seq", ErrorCode::model_unsupported_operator},
      {"test_loop13_seq", ErrorCode::model_limit},
      {"test_loop16_seq_none", ErrorCode::model_limit},
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
      {"test_bitshift_left_uint16", ErrorCode::model_unsupported_type},
      {"test_bitshift_left_uint32", ErrorCode::model_unsupported_type},
      {"test_bitshift_left_uint64", ErrorCode::model_unsupported_type},
      {"test_bitshift_right_uint16", ErrorCode::model_unsupported_type},
      {"test_bitshift_right_uint32", ErrorCode::model_unsupported_type},
      {"test_bitshift_right_uint64", ErrorCode::model_unsupported_type},
      {"test_max_float16", ErrorCode::model_unsupported_type},
      {"test_max_float64", ErrorCode::model_unsupported_type},
      {"test_max_int16", ErrorCode::model_unsupported_type},
      {"test_max_uint16", ErrorCode::model_unsupported_type},
      {"test_max_uint32", ErrorCode::model_unsupported_type},
      {"test_max_uint64", ErrorCode::model_unsupported_type},
      {"test_min_float16", ErrorCode::model_unsupported_type},
      {"test_min_float64", ErrorCode::model_unsupported_type},
      {"test_min_int16", ErrorCode::model_unsupported_type},
      {"test_min_uint16", ErrorCode::model_unsupported_type},
      {"test_min_uint32", ErrorCode::model_unsupported_type},
      {"test_min_uint64", ErrorCode::model_unsupported_type},
      {"test_mod_mixed_sign_float16", ErrorCode::model_unsupported_type},
      {"test_mod_mixed_sign_float64", ErrorCode::model_unsupported_type},
      {"test_mod_mixed_sign_int16", ErrorCode::model_unsupported_type},
      {"test_mod_uint16", ErrorCode::model_unsupported_type},
      {"test_mod_uint32", ErrorCode::model_unsupported_type},
      {"test_mod_uint64", ErrorCode::model_unsupported_type},
      {"test_pow_types_float32_uint32", ErrorCode::model_unsupported_type},
      {"test_pow_types_float32_uint64", ErrorCode::model_unsupported_type},
      // Only as a part of the INT8 form of Conv.
      {"test_basic_convinteger", ErrorCode::model_unsupported_operator},
      {"test_convinteger_with_padding", ErrorCode::model_unsupported_operator},
      {"test_convinteger_without_padding", ErrorCode::model_unsupported_operator},
      // Three spatial axes.
      {"test_averagepool_3d_default", ErrorCode::model_unsupported_attribute},
      {"test_maxpool_3d_default", ErrorCode::model_unsupported_attribute},
      // MaxPool is of floats.
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
      {"test_elu", ErrorCode::model_unsupported_opset},
      {"test_elu_default", ErrorCode::model_unsupported_opset},
      {"test_elu_example", ErrorCode::model_unsupported_opset},
      {"test_hardsigmoid", ErrorCode::model_unsupported_opset},
      {"test_hardsigmoid_default", ErrorCode::model_unsupported_opset},
      {"test_hardsigmoid_example", ErrorCode::model_unsupported_opset},
      {"test_not_2d", ErrorCode::model_unsupported_opset},
      {"test_not_3d", ErrorCode::model_unsupported_opset},
      {"test_not_4d", ErrorCode::model_unsupported_opset},
      {"test_selu", ErrorCode::model_unsupported_opset},
      {"test_selu_default", ErrorCode::model_unsupported_opset},
      {"test_selu_example", ErrorCode::model_unsupported_opset},
      {"test_softplus", ErrorCode::model_unsupported_opset},
      {"test_softplus_example", ErrorCode::model_unsupported_opset},
      {"test_softsign", ErrorCode::model_unsupported_opset},
      {"test_softsign_example", ErrorCode::model_unsupported_opset},
      {"test_globalaveragepool", ErrorCode::model_unsupported_opset},
      {"test_globalaveragepool_precomputed", ErrorCode::model_unsupported_opset},
      {"test_globalmaxpool", ErrorCode::model_unsupported_opset},
      {"test_globalmaxpool_precomputed", ErrorCode::model_unsupported_opset},
      {"test_instancenorm_epsilon", ErrorCode::model_unsupported_opset},
      {"test_instancenorm_example", ErrorCode::model_unsupported_opset},
      {"test_reduce_log_sum", ErrorCode::model_unsupported_opset},
      // The mask of a Dropout, and training.
      {"test_dropout_default_mask", ErrorCode::model_unsupported_attribute},
      {"test_dropout_default_mask_ratio", ErrorCode::model_unsupported_attribute},
      {"test_training_dropout", ErrorCode::model_unsupported_attribute},
      {"test_training_dropout_default", ErrorCode::model_unsupported_attribute},
      {"test_training_dropout_default_mask", ErrorCode::model_unsupported_attribute},
      {"test_training_dropout_mask", ErrorCode::model_unsupported_attribute},
      {"test_training_dropout_zero_ratio", ErrorCode::model_unsupported_attribute},
      {"test_training_dropout_zero_ratio_mask", ErrorCode::model_unsupported_attribute},
      // An input axis of size 0 is read as one whose size is known only at run time.
      {"test_reshape_allowzero_reordered", ErrorCode::shape_unresolved},
      {"test_split_zero_size_splits", ErrorCode::shape_unresolved},
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
