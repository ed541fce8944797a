#include <limits>
#include <memory>

#include "bench/kernels/kernel_problem.h"
#include "bench/kernels/random_values.h"
#include "kernels/depthwise_f32/depthwise_f32.h"
#include "kernels/depthwise_u8s8s32/depthwise_u8s8s32.h"
#include "tensor/buffer.h"

namespace alice {
namespace {

Window2d SquareWindow(std::size_t size, std::size_t kernel) {
  WindowAxis axis;
  axis.size = axis.outputs = static_cast<std::int64_t>(size);
  axis.kernel = static_cast<std::int64_t>(kernel);
  axis.pad_begin = (axis.kernel - 1) / 2;
  axis.pad_end = axis.kernel - 1 - axis.pad_begin;
  return {axis, axis};
}

constexpr Activation kRelu{.kind = ActivationKind::relu};

struct DepthwiseInt8 {
  DepthwiseInt8(const DepthwiseU8S8S32Kernel& with, std::size_t size, std::size_t count, std::size_t kernel)
      : window(SquareWindow(size, kernel)),
        channels(count),
        pixels(size * size),
        x(RandomValues<std::uint8_t>(pixels * channels + kBufferSlack, 0, 255)),
        padding(channels + kBufferSlack, 128),
        packed(DepthwiseLayout(with, kernel, kernel).bytes(channels)),
        column_sums(RandomValues<std::int32_t>(channels, -300, 300)),
        scratch(ScratchBytesDepthwiseU8S8S32(with, window)),
        scales(channels, 0.001f),
        bias(RandomValues<float>(channels, -10, 10)),
        y(pixels * channels) {}

  [[nodiscard]] DepthwiseU8S8S32Args Args() {
    return {window, channels, channels, x.data(), padding.data(), packed.data(), 0, pixels, scratch.data()};
  }

  Window2d window;
  std::size_t channels, pixels;
  std::vector<std::uint8_t> x, padding;
  std::vector<std::byte> packed;
  std::vector<std::int32_t> column_sums;
  std::vector<std::byte> scratch;
  std::vector<float> scales, bias, y;
};

std::function<void()> PrepareFloats(const DepthwiseU8S8S32Kernel& kernel, std::size_t m, std::size_t n, std::size_t k) {
  auto p = std::make_shared<DepthwiseInt8>(kernel, m, n, k);
  return [p, &kernel] {
    const QParams q{0.1f, 128};
    MinMax range{std::numeric_limits<float>::infinity(), -std::numeric_limits<float>::infinity()};
    kernel.dequantize(p->Args(), {.a_qparams = &q,
                                  .rows_per_group = p->pixels,
                                  .column_sums = p->column_sums.data(),
                                  .weight_scales = p->scales.data(),
                                  .bias = p->bias.data(),
                                  .activation = kRelu,
                                  .y = p->y.data(),
                                  .ldy = p->channels,
                                  .ranges = &range,
                                  .rows_per_range = p->pixels});
  };
}

std::function<void()> PrepareCodes(const DepthwiseU8S8S32Kernel& kernel, std::size_t m, std::size_t n, std::size_t k) {
  auto p = std::make_shared<DepthwiseInt8>(kernel, m, n, k);
  return [p, &kernel] {
    kernel.requantize(p->Args(), {.offsets = p->column_sums.data(),
                                  .multipliers = p->scales.data(),
                                  .zero_point = 0,
                                  .low = 0,
                                  .high = 255,
                                  .codes = reinterpret_cast<std::uint8_t*>(p->y.data()),
                                  .ld_codes = p->channels});
  };
}

std::function<void()> PrepareFp32(const DepthwiseF32Kernel& kernel, std::size_t m, std::size_t n, std::size_t k) {
  struct Fp32 {
    std::vector<float> x, w, bias, y;
  };
  auto p = std::make_shared<Fp32>();
  p->x = RandomValues<float>(m * m * n, -100, 100);
  p->w = RandomValues<float>(k * k * n, -100, 100);
  p->bias = RandomValues<float>(n, -100, 100);
  p->y.resize(m * m * n);
  return [=, &kernel] {
    kernel.run({SquareWindow(m, k), 1, n, p->x.data(), p->w.data(), p->bias.data(), kRelu, p->y.data()});
  };
}

}  // namespace

std::vector<KernelUse> DepthwiseUses() {
  std::vector<KernelUse> uses;
  const auto add = [&](const auto& kernel, std::string_view operation, auto* make) {
    uses.push_back({std::string(kernel.name) + ": " + std::string(operation), operation, kernel.isa,
                    [&kernel, make](std::size_t m, std::size_t n, std::size_t k) { return make(kernel, m, n, k); }});
  };
  for (const DepthwiseU8S8S32Kernel& kernel : AllDepthwiseU8S8S32()) {
    if (kernel.dot != DotMeaning::none && kernel.dot != MachineDot()) continue;
    add(kernel, "depthwise int8 to floats", PrepareFloats);
    add(kernel, "depthwise int8 to codes", PrepareCodes);
  }
  for (const DepthwiseF32Kernel& kernel : AllDepthwiseF32()) add(kernel, "depthwise fp32", PrepareFp32);
  return uses;
}

}  // namespace alice
