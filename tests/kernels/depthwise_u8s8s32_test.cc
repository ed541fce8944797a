#include "kernels/depthwise_u8s8s32/depthwise_u8s8s32.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <limits>
#include <vector>

#include "guarded.h"
#include "kernels/gemm_u8s8s32/gemm_u8s8s32.h"
#include "kernels/random_data.h"
#include "kernels/windows.h"
#include "tensor/buffer.h"

namespace alice {
namespace {

/// A convolution of random codes, some among other channels, and its sums by the definition.
struct DepthwiseProblem {
  DepthwiseProblem(RandomData& data, const Window2d& of, std::size_t channel_count, bool fits_s8)
      : window(of),
        channels(channel_count),
        pixel(channel_count % 2 == 0 ? channel_count : channel_count + 5),
        taps(static_cast<std::size_t>(window.elements())),
        outputs(static_cast<std::size_t>(window.outputs())),
        x(data.Integers<std::uint8_t>(static_cast<std::size_t>(window.rows.size * window.columns.size) * pixel, 0,
                                      255)),
        zero_point(data.Integers<std::uint8_t>(1, 0, 255)[0]),
        padding(channels + kBufferSlack, zero_point),
        w(data.Integers<std::int16_t>(taps * channels, fits_s8 ? -128 : -255, fits_s8 ? 127 : 255)),
        has_narrow_weights(fits_s8),
        column_sums(channels) {
    for (std::size_t i = 0; i < w.size(); ++i) column_sums[i % channels] += w[i];
    for (std::int64_t row = 0; row < window.rows.outputs; ++row) {
      for (std::int64_t column = 0; column < window.columns.outputs; ++column) {
        for (std::size_t c = 0; c < channels; ++c) sums.push_back(SumAt(row, column, c));
      }
    }
    x.resize(x.size() + kBufferSlack, 77);
  }

  [[nodiscard]] std::int32_t SumAt(std::int64_t row, std::int64_t column, std::size_t c) const {
    std::int64_t sum = 0;
    for (std::int64_t i = 0; i < window.rows.kernel; ++i) {
      for (std::int64_t j = 0; j < window.columns.kernel; ++j) {
        const std::int64_t y = row * window.rows.stride - window.rows.pad_begin + i * window.rows.dilation;
        const std::int64_t z = column * window.columns.stride - window.columns.pad_begin + j * window.columns.dilation;
        const bool inside = y >= 0 && y < window.rows.size && z >= 0 && z < window.columns.size;
        const std::size_t at = static_cast<std::size_t>(y * window.columns.size + z) * pixel + c;
        const auto tap = static_cast<std::size_t>(i * window.columns.kernel + j);
        sum += std::int64_t{inside ? x[at] : zero_point} * w[tap * channels + c];
      }
    }
    return static_cast<std::int32_t>(sum);
  }

  /// The kernels that can do it.
  [[nodiscard]] std::vector<DepthwiseU8S8S32Kernel> Kernels() const {
    std::vector<DepthwiseU8S8S32Kernel> kernels;
    for (const DepthwiseU8S8S32Kernel& kernel : AllDepthwiseU8S8S32()) {
      if (kernel.dot == DotMeaning::none || (has_narrow_weights && kernel.dot == MachineDot()))
        kernels.push_back(kernel);
    }
    return kernels;
  }

  [[nodiscard]] DepthwiseU8S8S32Args Args(const DepthwiseU8S8S32Kernel& kernel, std::size_t first, std::size_t count) {
    const DepthwiseLayout layout(kernel, static_cast<std::size_t>(window.rows.kernel),
                                 static_cast<std::size_t>(window.columns.kernel));
    packed.assign(layout.bytes(channels), std::byte{0});
    for (std::size_t i = 0; i < w.size(); ++i) {
      layout.Store(packed.data(), i / channels, i % channels, w[i]);
      REQUIRE(layout.Load(packed.data(), i / channels, i % channels) == w[i]);
    }
    scratch.assign(ScratchBytesDepthwiseU8S8S32(kernel, window), std::byte{0x5A});
    return {.window = window,
            .channels = channels,
            .pixel = pixel,
            .x = x.data(),
            .padding = padding.data(),
            .packed = packed.data(),
            .first = first,
            .count = count,
            .scratch = scratch.data()};
  }

  Window2d window;
  std::size_t channels, pixel, taps, outputs;
  std::vector<std::uint8_t> x;
  std::uint8_t zero_point;
  std::vector<std::uint8_t> padding;
  std::vector<std::int16_t> w;
  bool has_narrow_weights;
  std::vector<std::int32_t> column_sums, sums;
  std::vector<std::byte> packed, scratch;
};

/// Those of all kernels, and wide ones: of more outputs in a row than are convolved at a time, with more rows than are
/// interleaved.
std::vector<Window2d> Windows() {
  std::vector<Window2d> windows(std::begin(kWindows), std::end(kWindows));
  windows.push_back({Axis(6, 5, 1, 1, 2, 2), Axis(71, 5, 1, 1, 2, 2)});
  windows.push_back({Axis(3, 4, 1, 1, 1, 1), Axis(70, 3, 2, 2, 1, 0)});
  return windows;
}

/// Calls check(problem, first, count) for every window and channel count: all outputs, and some in the middle.
template <typename Check>
void ForEachProblem(const Check& check) {
  RandomData data(11);
  for (const Window2d& window : Windows()) {
    for (std::size_t channels = 1; channels <= 25; ++channels) {
      DepthwiseProblem problem(data, window, channels, channels % 3 != 0);
      INFO(channels << " channels, " << problem.taps << " taps");
      check(problem, data, std::size_t{0}, problem.outputs);
      check(problem, data, problem.outputs / 3, problem.outputs / 2);
    }
  }
}

MinMax EmptyRange() { return {std::numeric_limits<float>::infinity(), -std::numeric_limits<float>::infinity()}; }

}  // namespace

TEST_CASE("depthwise_u8s8s32 sums equal the definition", "[kernels]") {
  ForEachProblem([](DepthwiseProblem& problem, RandomData&, std::size_t first, std::size_t count) {
    for (const DepthwiseU8S8S32Kernel& kernel : problem.Kernels()) {
      INFO(kernel.name);
      Guarded<std::int32_t> expected(count * problem.channels), sums(count * problem.channels);
      std::copy_n(problem.sums.data() + first * problem.channels, count * problem.channels, expected.data());
      kernel.sums(problem.Args(kernel, first, count), {sums.data()});
      REQUIRE(sums == expected);
    }
  });
}

TEST_CASE("depthwise_u8s8s32 kernels give what dequantize_gemm makes of the sums", "[kernels]") {
  ForEachProblem([](DepthwiseProblem& problem, RandomData& data, std::size_t first, std::size_t count) {
    const std::size_t channels = problem.channels;
    const std::vector<float> weight_scales = data.Floats(channels, 0.01f);
    const std::vector<float> bias = data.Floats(channels, 5.0f);
    const QParams q{0.05f, problem.zero_point};
    for (const ActivationKind kind : {ActivationKind::none, ActivationKind::relu, ActivationKind::tanh}) {
      for (const float* given_bias : {bias.data(), static_cast<const float*>(nullptr)}) {
        const auto to = [&](float* y, MinMax* range) {
          return Dequantization{.a_qparams = &q,
                                .rows_per_group = count,
                                .column_sums = problem.column_sums.data(),
                                .weight_scales = weight_scales.data(),
                                .bias = given_bias,
                                .activation = Activation{kind},
                                .y = y,
                                .ldy = channels,
                                .ranges = range,
                                .rows_per_range = count};
        };
        Guarded<float> expected(count * channels);
        MinMax expected_range = EmptyRange();
        DequantizeGemm_Reference(
            {count, channels, problem.sums.data() + first * channels, channels, to(expected.data(), &expected_range)});
        for (const DepthwiseU8S8S32Kernel& kernel : problem.Kernels()) {
          INFO(kernel.name);
          Guarded<float> y(count * channels);
          MinMax range = EmptyRange();
          kernel.dequantize(problem.Args(kernel, first, count), to(y.data(), &range));
          REQUIRE(y == expected);
          CHECK(range.min == expected_range.min);
          CHECK(range.max == expected_range.max);
        }
      }
    }
  });
}

TEST_CASE("depthwise_u8s8s32 kernels give what requantize_gemm makes of the sums", "[kernels]") {
  ForEachProblem([](DepthwiseProblem& problem, RandomData& data, std::size_t first, std::size_t count) {
    const std::size_t channels = problem.channels;
    const auto offsets = data.Integers<std::int32_t>(channels, -1000000, 1000000);
    const std::vector<float> multipliers = data.Floats(channels, 1e-3f);
    const auto to = [&](std::uint8_t* codes, bool is_bounded = false) {
      return Requantization{.offsets = offsets.data(),
                            .multipliers = multipliers.data(),
                            .zero_point = 100,
                            .low = 20,
                            .high = 250,
                            .codes = codes,
                            .ld_codes = channels,
                            .is_bounded = is_bounded};
    };
    Guarded<std::uint8_t> expected(count * channels);
    RequantizeGemm_Reference({count, channels, problem.sums.data() + first * channels, channels, to(expected.data())});
    for (const DepthwiseU8S8S32Kernel& kernel : problem.Kernels()) {
      INFO(kernel.name);
      // Sums and offsets of a million, times a thousandth, are.
      for (const bool is_bounded : {false, true}) {
        Guarded<std::uint8_t> codes(count * channels);
        kernel.requantize(problem.Args(kernel, first, count), to(codes.data(), is_bounded));
        REQUIRE(codes == expected);
      }
    }
  });
}

TEST_CASE("a depthwise_u8s8s32 kernel is selected that its weights and the machine allow", "[kernels]") {
  CHECK(SelectDepthwiseU8S8S32(Isa::reference, true).name == AllDepthwiseU8S8S32().front().name);
  CHECK(SelectDepthwiseU8S8S32(Isa::simd128, true).isa == Isa::simd128);
  for (const bool fits_s8 : {false, true}) {
    const DepthwiseU8S8S32Kernel& kernel = SelectDepthwiseU8S8S32(Isa::relaxed, fits_s8);
    CHECK((kernel.dot == DotMeaning::none || (fits_s8 && kernel.dot == SelectGemmU8S8S32(Isa::relaxed).dot)));
  }
}

}  // namespace alice
