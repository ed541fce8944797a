#include "engine/output_comparison.h"

namespace alice {

void OutputComparison::Add(const float* fp32, const float* int8, std::size_t width, std::span<const ClassScores> scores,
                           std::int32_t label) {
  const double cosine = CosineSimilarity(fp32, int8, width);
  errors_.Add(fp32, int8, width);
  sums_.mean_cosine += cosine;
  sums_.mean_kl += OutputKl(fp32, int8, width);
  if (sums_.samples == 0 || cosine < sums_.worst_cosine) {
    sums_.worst_cosine = cosine;
    sums_.worst_sample = sums_.samples;
  }
  ++sums_.samples;
  sums_.top1_agreement += Top1Agreement(fp32, int8, scores);
  if (label < 0) return;
  ++labelled_;
  fp32_correct_ += ArgMax(fp32, width) == static_cast<std::size_t>(label) ? 1 : 0;
  int8_correct_ += ArgMax(int8, width) == static_cast<std::size_t>(label) ? 1 : 0;
}

OutputFigures OutputComparison::Figures() const {
  OutputFigures figures = sums_;
  const auto samples = static_cast<double>(sums_.samples);
  figures.mean_cosine /= samples;
  figures.mean_kl /= samples;
  figures.sqnr_db = errors_.SqnrDb();
  figures.top1_agreement /= samples;
  figures.accuracy_drop = 1.0 - figures.top1_agreement;
  if (labelled_ > 0) {
    figures.fp32_accuracy = static_cast<double>(fp32_correct_) / static_cast<double>(labelled_);
    figures.int8_accuracy = static_cast<double>(int8_correct_) / static_cast<double>(labelled_);
    figures.accuracy_drop = *figures.fp32_accuracy - *figures.int8_accuracy;
  }
  return figures;
}

}  // namespace alice
