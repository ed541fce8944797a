#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "numeric/error_stats.h"
#include "numeric/top1.h"

namespace alice {

/// INT8 against FP32 at a model's output, over some samples; all zero where there were none.
struct OutputFigures {
  std::size_t samples = 0;
  double mean_cosine = 0.0;
  double worst_cosine = 0.0;
  std::size_t worst_sample = 0;
  double mean_kl = 0.0;         ///< nats (numeric/error_stats.h)
  double sqnr_db = 0.0;         ///< of all outputs together
  double top1_agreement = 0.0;  ///< mean of the samples' (numeric/top1.h)
  double accuracy_drop = 0.0;   ///< FP32 − INT8 accuracy where labels are known, else 1 − top1_agreement
  std::optional<double> fp32_accuracy, int8_accuracy;
};

/// Adds up what the answers to samples tell.
class OutputComparison {
 public:
  /// The outputs [width] for the next sample, with `scores` among them; its class, or −1 where that is unknown.
  void Add(const float* fp32, const float* int8, std::size_t width, std::span<const ClassScores> scores,
           std::int32_t label);
  /// Requires at least one sample.
  [[nodiscard]] OutputFigures Figures() const;

 private:
  ErrorStats errors_;
  OutputFigures sums_;
  std::size_t labelled_ = 0, fp32_correct_ = 0, int8_correct_ = 0;
};

}  // namespace alice
