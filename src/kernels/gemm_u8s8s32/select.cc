#include <algorithm>
#include <chrono>
#include <limits>
#include <vector>

#include "kernels/gemm_u8s8s32/gemm_u8s8s32.h"

namespace alice {
namespace {

constexpr GemmU8S8S32Kernel kGemmU8S8S32Kernels[] = {
#define ALICE_KERNEL(name, isa, mr, nr, kr, dot, a_bytes) \
  {#name, Isa::isa, mr, nr, kr, DotMeaning::dot, a_bytes, name::Sums, name::Dequantize, name::Requantize},
#include "kernels/gemm_u8s8s32/kernels.inc"
#undef ALICE_KERNEL
};

const GemmU8S8S32Kernel& Select(Isa isa, DotMeaning dot) {
  const GemmU8S8S32Kernel* best = &kGemmU8S8S32Kernels[0];
  for (const GemmU8S8S32Kernel& kernel : kGemmU8S8S32Kernels) {
    if (kernel.isa <= isa && (kernel.dot == DotMeaning::none || kernel.dot == dot)) best = &kernel;
  }
  return *best;
}

/// A small product that a kernel can be timed with.
class TimedProduct {
 public:
  explicit TimedProduct(const GemmU8S8S32Kernel& kernel)
      : kernel_(&kernel),
        packed_(PackedBytesU8S8S32(kernel, kK, kN)),
        scratch_(ScratchBytesU8S8S32(kernel, kM, kK)),
        a_(kM * kK, 200),
        c_(kM * kN) {
    const std::vector<std::int8_t> b(kK * kN, -100);
    std::vector<std::int32_t> column_sums(kN);
    PackU8S8S32(kernel, {.k = kK, .n = kN, .b = b.data(), .packed = packed_.data(), .column_sums = column_sums.data()});
  }

  /// Seconds for one run, over as many as take long enough for the clock.
  double Time() {
    using Seconds = std::chrono::duration<double>;
    const auto begin = std::chrono::steady_clock::now();
    double elapsed = 0.0;
    std::size_t runs = 0;
    for (; elapsed < kEnough_s && runs < kMostRuns; ++runs) {
      kernel_->sums({kM, kN, kK, a_.data(), kK, packed_.data(), false, scratch_.data()}, {c_.data(), kN});
      elapsed = Seconds(std::chrono::steady_clock::now() - begin).count();
    }
    return elapsed / static_cast<double>(runs);
  }

 private:
  static constexpr std::size_t kM = 12, kN = 64, kK = 256;
  /// Browsers may round their clock to 0.1 ms.
  static constexpr double kEnough_s = 0.0003;
  static constexpr std::size_t kMostRuns = 500;

  const GemmU8S8S32Kernel* kernel_;
  std::vector<std::int8_t> packed_;
  std::vector<std::byte> scratch_;
  std::vector<std::uint8_t> a_;
  std::vector<std::int32_t> c_;
};

constexpr int kLeastRounds = 4, kMostRounds = 64;

DotTrial TryDot() {
  DotTrial trial{MachineDot(), 0.0};
  const GemmU8S8S32Kernel& with = Select(Isa::relaxed, trial.meaning);
  if (with.dot == DotMeaning::none) return trial;
  TimedProduct product(with);
  TimedProduct rival(Select(Isa::relaxed, DotMeaning::none));
  // In turn, the best of each: a compiler of the browser may replace both by faster code meanwhile, one long before the other
  // where processors are busy. So that one does not lose by that, it has time to catch up.
  double seconds = std::numeric_limits<double>::infinity();
  double rival_seconds = seconds;
  for (int round = 0; round < kMostRounds && (round < kLeastRounds || rival_seconds <= seconds); ++round) {
    seconds = std::min(seconds, product.Time());
    rival_seconds = std::min(rival_seconds, rival.Time());
  }
  if (seconds > 0.0) trial.speedup = rival_seconds / seconds;
  return trial;
}

}  // namespace

std::span<const GemmU8S8S32Kernel> AllGemmU8S8S32() { return kGemmU8S8S32Kernels; }

const DotTrial& RelaxedDotTrial() {
  static const DotTrial trial = TryDot();
  return trial;
}

const GemmU8S8S32Kernel& SelectGemmU8S8S32(Isa isa) {
  if (isa < Isa::relaxed) return Select(isa, DotMeaning::none);
  const DotTrial& trial = RelaxedDotTrial();
  // A clock that stood still says nothing.
  const bool is_slow = trial.speedup > 0.0 && trial.speedup <= 1.0;
  return Select(isa, is_slow ? DotMeaning::none : trial.meaning);
}

}  // namespace alice
