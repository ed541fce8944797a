#include "conformance/refusals.h"

#include <algorithm>

namespace alice {
namespace {

const std::vector<Refusal>& Refusals() {
  static const std::vector<Refusal> refusals = {
      {"element type bfloat16",
       ErrorCode::model_unsupported_type,
       {"test_cast_BFLOAT16_to_FLOAT", "test_cast_FLOAT_to_BFLOAT16", "test_castlike_BFLOAT16_to_FLOAT_expanded",
        "test_castlike_FLOAT_to_BFLOAT16_expanded"}},
      {"element type double",
       ErrorCode::model_unsupported_type,
       {"test_cast_DOUBLE_to_FLOAT", "test_cast_DOUBLE_to_FLOAT16", "test_cast_FLOAT16_to_DOUBLE",
        "test_cast_FLOAT_to_DOUBLE", "test_castlike_DOUBLE_to_FLOAT16_expanded",
        "test_castlike_DOUBLE_to_FLOAT_expanded", "test_castlike_FLOAT16_to_DOUBLE_expanded",
        "test_castlike_FLOAT_to_DOUBLE_expanded", "test_max_float64", "test_min_float64", "test_mod_mixed_sign_float64",
        "test_reduce_log_sum_exp_default_axes_keepdims_example", "test_reduce_log_sum_exp_default_axes_keepdims_random",
        "test_reduce_log_sum_exp_do_not_keepdims_example", "test_reduce_log_sum_exp_do_not_keepdims_random",
        "test_reduce_log_sum_exp_keepdims_example", "test_reduce_log_sum_exp_keepdims_random",
        "test_reduce_log_sum_exp_negative_axes_keepdims_example",
        "test_reduce_log_sum_exp_negative_axes_keepdims_random"}},
      {"element type float16",
       ErrorCode::model_unsupported_type,
       {"test_cast_FLOAT16_to_FLOAT", "test_cast_FLOAT_to_FLOAT16", "test_castlike_FLOAT16_to_FLOAT_expanded",
        "test_castlike_FLOAT_to_FLOAT16_expanded", "test_max_float16", "test_min_float16",
        "test_mod_mixed_sign_float16"}},
      {"element type int16, uint16, uint32 or uint64",
       ErrorCode::model_unsupported_type,
       {"test_bitshift_left_uint16",
        "test_bitshift_left_uint32",
        "test_bitshift_left_uint64",
        "test_bitshift_right_uint16",
        "test_bitshift_right_uint32",
        "test_bitshift_right_uint64",
        "test_max_int16",
        "test_max_uint16",
        "test_max_uint32",
        "test_max_uint64",
        "test_min_int16",
        "test_min_uint16",
        "test_min_uint32",
        "test_min_uint64",
        "test_mod_mixed_sign_int16",
        "test_mod_uint16",
        "test_mod_uint32",
        "test_mod_uint64",
        "test_pow_types_float32_uint32",
        "test_pow_types_float32_uint64"}},
      {"element type string",
       ErrorCode::model_unsupported_type,
       {"test_cast_FLOAT_to_STRING", "test_cast_STRING_to_FLOAT", "test_castlike_FLOAT_to_STRING_expanded",
        "test_castlike_STRING_to_FLOAT_expanded"}},
      {"operator set below 7",
       ErrorCode::model_unsupported_opset,
       {"test_elu",
        "test_elu_default",
        "test_elu_example",
        "test_globalaveragepool",
        "test_globalaveragepool_precomputed",
        "test_globalmaxpool",
        "test_globalmaxpool_precomputed",
        "test_hardsigmoid",
        "test_hardsigmoid_default",
        "test_hardsigmoid_example",
        "test_instancenorm_epsilon",
        "test_instancenorm_example",
        "test_not_2d",
        "test_not_3d",
        "test_not_4d",
        "test_reduce_log_sum",
        "test_selu",
        "test_selu_default",
        "test_selu_example",
        "test_softplus",
        "test_softplus_example",
        "test_softsign",
        "test_softsign_example"}},
      {"sequence or optional", ErrorCode::model_unsupported_type, {"test_identity_opt", "test_identity_sequence"}},
      {"sequence or optional", ErrorCode::model_unsupported_operator, {"test_if_opt", "test_if_seq"}},
      {"sequence or optional", ErrorCode::model_limit, {"test_loop13_seq", "test_loop16_seq_none"}},
      {"training",
       ErrorCode::model_unsupported_attribute,
       {"test_batchnorm_epsilon_training_mode", "test_batchnorm_example_training_mode", "test_training_dropout",
        "test_training_dropout_default", "test_training_dropout_default_mask", "test_training_dropout_mask",
        "test_training_dropout_zero_ratio", "test_training_dropout_zero_ratio_mask"}},
      {"trip count of a Loop known only at a run",
       ErrorCode::shape_unresolved,
       {"test_range_float_type_positive_delta_expanded", "test_range_int32_type_negative_delta_expanded"}},
  };
  return refusals;
}

}  // namespace

const Refusal* FindRefusal(std::string_view vector) {
  const auto found = std::ranges::find_if(Refusals(), [vector](const Refusal& refusal) {
    return std::ranges::find(refusal.vectors, vector) != refusal.vectors.end();
  });
  return found == Refusals().end() ? nullptr : &*found;
}

}  // namespace alice
