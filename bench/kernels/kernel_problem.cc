#include "bench/kernels/kernel_problem.h"

#include <limits>
#include <memory>

#include "bench/kernels/random_values.h"
#include "kernels/gemm_f32/gemm_f32.h"
#include "kernels/gemm_u8s8s32/gemm_u8s8s32.h"
#include "kernels/quantize_u8/quantize_u8.h"
#include "tensor/buffer.h"

namespace alice {
namespace {

constexpr Activation Relu() {
  Activation activation;
  activation.kind = ActivationKind::relu;
  return activation;
}

/// B packed, and A as codes.
struct Int8Problem {
  Int8Problem(const GemmU8S8S32Kernel& with, std::size_t rows, std::size_t columns, std::size_t reduction)
      : kernel(&with),
        m(rows),
        n(columns),
        k(reduction),
        lda((k + kGemmU8S8S32RowAlign - 1) / kGemmU8S8S32RowAlign * kGemmU8S8S32RowAlign),
        a(RandomValues<std::uint8_t>(m * lda + kGemmU8S8S32RowAlign, 0, 255)),
        packed(PackedBytesU8S8S32(with, k, n)),
        column_sums(n),
        scratch(ScratchBytesU8S8S32(with, m, k)) {
    const auto b = RandomValues<std::int8_t>(k * n, -128, 127);
    PackU8S8S32(with, {.k = k, .n = n, .b = b.data(), .packed = packed.data(), .column_sums = column_sums.data()});
  }

  [[nodiscard]] GemmU8S8S32Args Args() {
    return {.m = m,
            .n = n,
            .k = k,
            .a = a.data(),
            .lda = lda,
            .packed_b = packed.data(),
            .is_int4 = false,
            .scratch = scratch.data()};
  }

  const GemmU8S8S32Kernel* kernel;
  std::size_t m, n, k, lda;
  std::vector<std::uint8_t> a;
  std::vector<std::int8_t> packed;
  std::vector<std::int32_t> column_sums;
  std::vector<std::byte> scratch;
};

std::function<void()> PrepareSums(const GemmU8S8S32Kernel& kernel, std::size_t m, std::size_t n, std::size_t k) {
  auto problem = std::make_shared<Int8Problem>(kernel, m, n, k);
  auto c = std::make_shared<std::vector<std::int32_t>>(m * n);
  return [problem, c] { problem->kernel->sums(problem->Args(), {c->data(), problem->n}); };
}

std::function<void()> PrepareDynamic(const GemmU8S8S32Kernel& kernel, std::size_t m, std::size_t n, std::size_t k) {
  struct Dynamic : Int8Problem {
    using Int8Problem::Int8Problem;
    std::vector<float> x = RandomValues<float>(m * k, -100, 100);
    std::vector<float> weight_scales = RandomValues<float>(n, 1, 10);
    std::vector<float> bias = RandomValues<float>(n, -10, 10);
    std::vector<float> y = std::vector<float>(m * n);
  };
  auto problem = std::make_shared<Dynamic>(kernel, m, n, k);
  const MinMaxF32Kernel& min_max = SelectMinMaxF32(kernel.isa);
  const QuantizeF32U8Kernel& quantize = SelectQuantizeF32U8(kernel.isa);
  return [problem, &min_max, &quantize] {
    Dynamic& p = *problem;
    const MinMax range = min_max.run(p.x.data(), p.x.size());
    const QParams q = AsymmetricU8(range.min, range.max);
    for (std::size_t row = 0; row < p.m; ++row) {
      quantize.run(p.x.data() + row * p.k, p.k, q, p.a.data() + row * p.lda);
    }
    MinMax y_range{std::numeric_limits<float>::infinity(), -std::numeric_limits<float>::infinity()};
    p.kernel->dequantize(p.Args(), {.a_qparams = &q,
                                    .rows_per_group = p.m,
                                    .column_sums = p.column_sums.data(),
                                    .weight_scales = p.weight_scales.data(),
                                    .bias = p.bias.data(),
                                    .activation = Relu(),
                                    .y = p.y.data(),
                                    .ldy = p.n,
                                    .ranges = &y_range,
                                    .rows_per_range = p.m});
  };
}

std::function<void()> PrepareFp32(const GemmF32Kernel& kernel, std::size_t m, std::size_t n, std::size_t k) {
  struct Fp32 {
    std::vector<float> a, b, bias, c;
  };
  auto p = std::make_shared<Fp32>();
  p->a = RandomValues<float>(m * k, -100, 100);
  p->b.resize(k * n + kBufferSlack / sizeof(float));
  PackF32(k, n, RandomValues<float>(k * n, -100, 100).data(), p->b.data());
  p->bias = RandomValues<float>(n, -100, 100);
  p->c.resize(m * n);
  return [=, &kernel] {
    kernel.run({m, n, k, p->a.data(), k, p->b.data(), kPackedF32, p->bias.data(), Relu(), p->c.data(), n});
  };
}

}  // namespace

std::vector<KernelUse> AllKernelUses() {
  std::vector<KernelUse> uses;
  const auto add = [&](std::string_view kernel_name, Isa isa, std::string_view operation, const auto& kernel,
                       auto* make) {
    uses.push_back({std::string(kernel_name) + ": " + std::string(operation), operation, isa,
                    [&kernel, make](std::size_t m, std::size_t n, std::size_t k) { return make(kernel, m, n, k); }});
  };
  for (const GemmU8S8S32Kernel& kernel : AllGemmU8S8S32()) {
    if (kernel.dot != DotMeaning::none && kernel.dot != MachineDot()) continue;
    add(kernel.name, kernel.isa, "int8 sums", kernel, PrepareSums);
    add(kernel.name, kernel.isa, "int8 dynamic", kernel, PrepareDynamic);
  }
  for (const GemmF32Kernel& kernel : AllGemmF32()) add(kernel.name, kernel.isa, "fp32", kernel, PrepareFp32);
  return uses;
}

}  // namespace alice
