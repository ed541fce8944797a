#include "quant/observers/quantizer_measures.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <map>

namespace alice {
namespace {

struct Quantizer {
  double scale = 1.0;
  double low = 0.0;
  double high = 0.0;

  Quantizer(QuantRange range, const ObserverOptions& options) {
    const double min = std::min<double>(range.min, 0.0);
    const double max = std::max<double>(range.max, 0.0);
    if (options.symmetric) {
      high = std::pow(2.0, options.bits - 1) - 1.0;
      low = -high;
      scale = std::max(-min, max) / high;
    } else {
      const double top = std::pow(2.0, options.bits) - 1.0;
      scale = (max - min) / top;
      const double zero_point = std::nearbyint(-min / scale);
      low = -zero_point;
      high = top - zero_point;
    }
    if (!(scale > 0.0)) scale = 1.0;
  }

  [[nodiscard]] double Code(double x) const { return std::clamp(std::nearbyint(x / scale), low, high); }
};

}  // namespace

double SampleMse(const std::vector<float>& samples, QuantRange range, const ObserverOptions& options) {
  const Quantizer quantizer(range, options);
  double sum = 0.0;
  for (const float x : samples) sum += std::pow(x - quantizer.Code(x) * quantizer.scale, 2.0);
  return sum / static_cast<double>(samples.size());
}

double SampleEntropy(const std::vector<float>& samples, QuantRange range, const ObserverOptions& options) {
  const Quantizer quantizer(range, options);
  std::map<double, double> counts;
  for (const float x : samples) counts[quantizer.Code(x)] += 1.0;
  double entropy = 0.0;
  for (const auto& [code, count] : counts) {
    const double share = count / static_cast<double>(samples.size());
    entropy -= share * std::log2(share);
  }
  return entropy;
}

double SampleKl(const std::vector<float>& samples, QuantRange range, const ObserverOptions& options, double bin_width) {
  const int levels = options.symmetric ? 1 << (options.bits - 1) : 1 << options.bits;
  const double low = options.symmetric ? 0.0 : std::min<double>(range.min, 0.0);
  const double high = options.symmetric ? std::max<double>(-range.min, range.max) : std::max<double>(range.max, 0.0);
  const int first = static_cast<int>(std::floor(low / bin_width));
  const int end = std::max(first + levels, static_cast<int>(std::ceil(high / bin_width)));

  double zeros = 0.0;
  double below = 0.0;
  double above = 0.0;
  std::vector<double> inside(static_cast<std::size_t>(end - first), 0.0);
  for (const float sample : samples) {
    const double x = options.symmetric ? std::abs(sample) : sample;
    const int bin = static_cast<int>(std::floor(x / bin_width));
    if (x == 0.0) {
      zeros += 1.0;
    } else if (bin < first) {
      below += 1.0;
    } else if (bin >= end) {
      above += 1.0;
    } else {
      inside[static_cast<std::size_t>(bin - first)] += 1.0;
    }
  }
  const auto is_occupied = [](double count) { return count > 0.0; };
  std::vector<double> reference = inside;
  *std::find_if(reference.begin(), reference.end(), is_occupied) += below;
  *std::find_if(reference.rbegin(), reference.rend(), is_occupied) += above;

  const auto total = static_cast<double>(samples.size());
  const double inside_total = total - below - above;
  double divergence = zeros / total * std::log(inside_total / total);
  std::vector<double> mass(static_cast<std::size_t>(levels), 0.0);
  std::vector<double> occupied(mass.size(), 0.0);
  const auto level_of = [&](std::size_t i) { return i * mass.size() / inside.size(); };
  for (std::size_t i = 0; i < inside.size(); ++i) {
    mass[level_of(i)] += inside[i];
    occupied[level_of(i)] += is_occupied(inside[i]) ? 1.0 : 0.0;
  }
  for (std::size_t i = 0; i < inside.size(); ++i) {
    if (!is_occupied(reference[i])) continue;
    const double p = reference[i] / total;
    divergence += p * std::log(p / (mass[level_of(i)] / occupied[level_of(i)] / inside_total));
  }
  return divergence;
}

}  // namespace alice
