#include <algorithm>
#include <chrono>
#include <cstring>
#include <limits>
#include <memory>

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
        packed_bytes_(PackedBytesU8S8S32(kernel, kK, kN)),
        memory_(new std::byte[kPacked + packed_bytes_ + ScratchBytesU8S8S32(kernel, kM, kK)]) {
    std::byte* const memory = memory_.get();
    std::memset(memory, 200, kSums);
    auto* const b = reinterpret_cast<std::int8_t*>(memory + kB);
    std::memset(b, -100, kColumnSums - kB);
    PackU8S8S32(kernel, {.k = kK,
                         .n = kN,
                         .b = b,
                         .packed = memory + kPacked,
                         .column_sums = reinterpret_cast<std::int32_t*>(memory + kColumnSums)});
  }

  /// Seconds for one run, over as many as take long enough for the clock.
  double Time() {
    using Seconds = std::chrono::duration<double>;
    const auto begin = std::chrono::steady_clock::now();
    double elapsed = 0.0;
    std::size_t runs = 0;
    std::byte* const memory = memory_.get();
    std::byte* const packed = memory + kPacked;
    for (; elapsed < kEnough_s && runs < kMostRuns; ++runs) {
      kernel_->sums(
          {kM, kN, kK, reinterpret_cast<const std::uint8_t*>(memory), kK, packed, false, packed + packed_bytes_},
          {reinterpret_cast<std::int32_t*>(memory + kSums), kN});
      elapsed = Seconds(std::chrono::steady_clock::now() - begin).count();
    }
    return elapsed / static_cast<double>(runs);
  }

 private:
  static constexpr std::size_t kM = 12, kN = 64, kK = 256;
  /// Browsers may round their clock to 0.1 ms.
  static constexpr double kEnough_s = 0.0003;
  static constexpr std::size_t kMostRuns = 500;

  // Where in memory what is: A at 0, packed B before the kernel's scratch. (One piece: vectors would be more code than the rest.)
  static constexpr std::size_t kSums = kM * kK;
  static constexpr std::size_t kB = kSums + kM * kN * sizeof(std::int32_t);
  static constexpr std::size_t kColumnSums = kB + kK * kN;
  static constexpr std::size_t kPacked = kColumnSums + kN * sizeof(std::int32_t);

  const GemmU8S8S32Kernel* kernel_;
  std::size_t packed_bytes_;
  std::unique_ptr<std::byte[]> memory_;
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
