#include "engine/output_comparison.h"

namespace alice {

void OutputComparison::Add(const float* fp32, const float* quantized, std::size_t width, std::int32_t label) {
  const double cosine = CosineSimilarity(fp32, quantized, width);
  cosine_sum_ += cosine;
  if (cosine < worst_cosine_) {
    worst_cosine_ = cosine;
    worst_sample_ = samples_;
  }
  kl_sum_ += OutputKl(fp32, quantized, width);
  outputs_.Add(fp32, quantized, width);
  ++samples_;
  const std::size_t fp32_class = ArgMax(fp32, width);
  const std::size_t int8_class = ArgMax(quantized, width);
  agreements_ += fp32_class == int8_class ? 1 : 0;
  if (label < 0) return;
  ++labelled_;
  fp32_correct_ += fp32_class == static_cast<std::size_t>(label) ? 1 : 0;
  int8_correct_ += int8_class == static_cast<std::size_t>(label) ? 1 : 0;
}

OutputQuality OutputComparison::Quality() const {
  if (samples_ == 0) return {};
  const auto share = [](double part, std::size_t whole) { return part / static_cast<double>(whole); };
  const auto count = [](std::size_t n) { return static_cast<double>(n); };
  OutputQuality quality;
  quality.samples = samples_;
  quality.mean_cosine = share(cosine_sum_, samples_);
  quality.worst_cosine = worst_cosine_;
  quality.worst_sample = worst_sample_;
  quality.sqnr_db = outputs_.SqnrDb();
  quality.mean_kl = share(kl_sum_, samples_);
  quality.top1_agreement = share(count(agreements_), samples_);
  quality.accuracy_drop = 1.0 - quality.top1_agreement;
  if (labelled_ > 0) {
    quality.fp32_accuracy = share(count(fp32_correct_), labelled_);
    quality.int8_accuracy = share(count(int8_correct_), labelled_);
    quality.accuracy_drop = *quality.fp32_accuracy - *quality.int8_accuracy;
  }
  return quality;
}

}  // namespace alice
