#include "quant/observers/sample_distributions.h"

#include <cmath>
#include <numbers>
#include <random>

namespace alice {
namespace {

class Source {
 public:
  explicit Source(std::uint32_t seed) : bits_(seed) {}

  /// In (0, 1).
  double Uniform() { return (static_cast<double>(bits_()) + 0.5) * 0x1p-32; }

  /// Box–Muller.
  double Gaussian() {
    const double radius = std::sqrt(-2.0 * std::log(Uniform()));
    return radius * std::cos(2.0 * std::numbers::pi * Uniform());
  }

  double Draw(Distribution distribution) {
    switch (distribution) {
      case Distribution::uniform:
        return 2.0 * Uniform() - 1.0;
      case Distribution::gaussian:
        return Gaussian();
      case Distribution::laplace: {
        const double sign = Uniform() < 0.5 ? -1.0 : 1.0;
        return sign * -std::log(Uniform());
      }
      case Distribution::student_t3: {
        const double a = Gaussian();
        const double b = Gaussian();
        const double c = Gaussian();
        return Gaussian() / std::sqrt((a * a + b * b + c * c) / 3.0);
      }
      case Distribution::log_normal:
        return std::exp(Gaussian());
      case Distribution::relu_of_gaussian:
        return std::fmax(Gaussian(), 0.0);
    }
    return 0.0;
  }

 private:
  std::mt19937 bits_;
};

}  // namespace

std::vector<float> Samples(Distribution distribution, std::size_t count, std::uint32_t seed) {
  Source source(seed);
  std::vector<float> samples(count);
  for (float& x : samples) x = static_cast<float>(source.Draw(distribution));
  return samples;
}

}  // namespace alice
