#include <algorithm>
#include <array>
#include <cmath>

#include "backends/cpu/ops.h"

namespace alice {
namespace {

/// LRN of x [samples, channels, inner], in pieces of `inner` whose sums of squares fit an array.
class LrnOp final : public Op {
 public:
  explicit LrnOp(const CompileContext& context) : attributes_(std::get<LrnAttributes>(context.node.attributes)) {}

  Result<std::uint64_t> Bind(const Binding& binding) override {
    const Shape& x = binding.inputs[0];
    samples_ = static_cast<std::size_t>(x[0]);
    channels_ = x[1];
    inner_ = static_cast<std::size_t>(x.Product(2, x.rank()));
    return std::uint64_t{0};
  }

  void Run(const OpIo& io) const override {
    const auto* x = reinterpret_cast<const float*>(io.inputs[0]);
    auto* y = reinterpret_cast<float*>(io.outputs[0]);
    const std::size_t sample_size = static_cast<std::size_t>(channels_) * inner_;
    for (std::size_t sample = 0; sample < samples_; ++sample, x += sample_size, y += sample_size) {
      for (std::size_t first = 0; first < inner_; first += kPiece) {
        const std::size_t count = std::min(kPiece, inner_ - first);
        for (std::int64_t c = 0; c < channels_; ++c) Normalize(x + first, c, count, y + first);
      }
    }
  }

 private:
  static constexpr std::size_t kPiece = 256;

  void Normalize(const float* x, std::int64_t channel, std::size_t count, float* y) const {
    std::array<float, kPiece> sums{};
    const std::int64_t before = (attributes_.size - 1) / 2;
    const std::int64_t first = std::max<std::int64_t>(channel - before, 0);
    const std::int64_t last = std::min(channel + attributes_.size - 1 - before, channels_ - 1);
    for (std::int64_t c = first; c <= last; ++c) {
      const float* const row = x + static_cast<std::size_t>(c) * inner_;
      for (std::size_t i = 0; i < count; ++i) sums[i] += row[i] * row[i];
    }
    const float factor = attributes_.alpha / static_cast<float>(attributes_.size);
    for (std::size_t i = 0; i < count; ++i) sums[i] = attributes_.bias + factor * sums[i];
    const std::size_t at = static_cast<std::size_t>(channel) * inner_;
    if (attributes_.beta == 0.75f) {
      for (std::size_t i = 0; i < count; ++i) {
        const float root = std::sqrt(sums[i]);
        y[at + i] = x[at + i] / (root * std::sqrt(root));
      }
    } else {
      for (std::size_t i = 0; i < count; ++i) y[at + i] = x[at + i] / std::pow(sums[i], attributes_.beta);
    }
  }

  LrnAttributes attributes_;
  std::size_t samples_ = 0, inner_ = 0;
  std::int64_t channels_ = 0;
};

}  // namespace

CompiledOp CompileLrn(const CompileContext& context) { return std::unique_ptr<Op>(std::make_unique<LrnOp>(context)); }

}  // namespace alice
