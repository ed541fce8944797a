#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "numeric/error_stats.h"

namespace alice {

/// How near a model's quantized outputs come to its FP32 ones; all zero where nothing was compared.
struct OutputQuality {
  std::size_t samples = 0;
  double mean_cosine = 0.0;
  double worst_cosine = 0.0;
  std::size_t worst_sample = 0;  ///< the first of those with the worst cosine
  double sqnr_db = 0.0;          ///< over the outputs of all samples
  double mean_kl = 0.0;          ///< nats, of the outputs (numeric/error_stats.h)
  double top1_agreement = 0.0;
  double accuracy_drop = 0.0;  ///< FP32 − INT8 accuracy where labels are known, else 1 − top1_agreement
  std::optional<double> fp32_accuracy, int8_accuracy;
};

/// Compares quantized outputs with FP32 ones, sample by sample.
class OutputComparison {
 public:
  /// Takes in the `width` ≥ 1 outputs of the next sample. `label`: the class that is right; −1 where that is unknown.
  void Add(const float* fp32, const float* quantized, std::size_t width, std::int32_t label);
  /// Of all samples added so far.
  [[nodiscard]] OutputQuality Quality() const;

 private:
  std::size_t samples_ = 0;
  double cosine_sum_ = 0.0;
  double worst_cosine_ = 1.0;
  std::size_t worst_sample_ = 0;
  double kl_sum_ = 0.0;
  ErrorStats outputs_;
  std::size_t agreements_ = 0;
  std::size_t labelled_ = 0, fp32_correct_ = 0, int8_correct_ = 0;
};

}  // namespace alice
