#include "backends/cpu/integer_product.h"

#include <algorithm>

namespace alice {
namespace {

/// Between the same code as u8 and as s8: the top bit, and 128.
constexpr std::uint8_t kTopBit = 0x80;
constexpr std::int32_t kShift = 128;

Status CheckReduction(std::size_t k) {
  if (k <= kMaxReduction8x8) return {};
  return MakeError(ErrorCode::reduction_too_long, "an integer product sums ", k,
                   " products: its int32 accumulator could overflow beyond ", kMaxReduction8x8);
}

std::uint8_t Bits(std::byte code) { return std::to_integer<std::uint8_t>(code); }

std::int32_t ZeroAt(ZeroPoints zeros, std::size_t index, bool is_signed) {
  if (zeros.data == nullptr) return 0;
  const std::uint8_t bits = Bits(zeros.data[index % zeros.count]);
  return is_signed ? std::int32_t{static_cast<std::int8_t>(bits)} : std::int32_t{bits};
}

}  // namespace

Result<IntegerProduct> IntegerProduct::Compile(const CompileContext& context, std::size_t a_input,
                                               std::size_t b_input) {
  const Value& b = context.input(b_input);
  IntegerProduct product(context, context.input(a_input).dtype == DType::s8, b.dtype == DType::s8);
  if (!b.constant || b.shape.rank() != 2) return product;
  product.constant_b_ = context.node.inputs[b_input];
  const auto k = static_cast<std::size_t>(b.constant->shape()[0]);
  const auto n = static_cast<std::size_t>(b.constant->shape()[1]);
  ALICE_RETURN_IF_ERROR(CheckReduction(k));
  product.packed_ = context.holdings.Ask(MemoryKind::weights_int8, product.PackedBytes(k, n));
  product.column_sums_ = context.holdings.Ask(MemoryKind::scales, std::uint64_t{n} * sizeof(std::int32_t));
  return product;
}

void IntegerProduct::Prepare(const Graph& graph) {
  if (packed_ == nullptr) return;
  const Tensor& b = *graph.value(constant_b_).constant;
  Pack(b.view().data, static_cast<std::size_t>(b.shape()[0]), static_cast<std::size_t>(b.shape()[1]), packed_->data(),
       column_sums_->as<std::int32_t>());
}

std::uint64_t IntegerProduct::PackedBytes(std::size_t k, std::size_t n) const {
  return PackedBytesU8S8S32(*gemm_, k, n);
}

void IntegerProduct::Pack(const std::byte* b, std::size_t k, std::size_t n, std::byte* packed,
                          std::int32_t* column_sums) const {
  const std::uint8_t flip = b_signed_ ? 0 : kTopBit;
  PackU8S8S32(*gemm_, {.k = k, .n = n, .b = b, .packed = packed, .column_sums = column_sums, .flip = flip});
}

Result<std::uint64_t> IntegerProduct::Bind(const Shape& a, const Shape& b) {
  plan_ = MakeMatMulPlan(a, b);
  ALICE_RETURN_IF_ERROR(CheckReduction(plan_.k));
  lda_ = static_cast<std::size_t>(AlignUp(plan_.k, kGemmU8S8S32RowAlign));
  const std::uint64_t rows = std::min(kBlockRows, plan_.m);
  std::uint64_t bytes = 0;
  const auto place = [&bytes](std::uint64_t size) {
    const std::uint64_t offset = bytes;
    bytes += AlignUp(size + kBufferSlack);
    return offset;
  };
  place(rows * lda_);  // rows of A, at the start
  sums_offset_ = place(rows * plan_.n * sizeof(std::int32_t));
  kernel_offset_ = place(ScratchBytesU8S8S32(*gemm_, static_cast<std::size_t>(rows), plan_.k));
  if (packed_ == nullptr) {
    packed_offset_ = place(PackedBytes(plan_.k, plan_.n));
    column_sums_offset_ = place(plan_.n * std::uint64_t{sizeof(std::int32_t)});
  }
  return bytes;
}

std::int32_t IntegerProduct::AZero(ZeroPoints zeros, std::size_t row) const {
  return ZeroAt(zeros, row, a_signed_) + (a_signed_ ? kShift : 0);
}

std::int32_t IntegerProduct::BZero(ZeroPoints zeros, std::size_t column) const {
  return ZeroAt(zeros, column, b_signed_) - (b_signed_ ? 0 : kShift);
}

void IntegerProduct::Multiply(const std::byte* a, const std::byte* packed, const std::int32_t* column_sums,
                              ZeroPoints a_zeros, ZeroPoints b_zeros, std::byte* scratch, const Block& block) const {
  auto* rows = reinterpret_cast<std::uint8_t*>(scratch);
  auto* sums = reinterpret_cast<std::int32_t*>(scratch + sums_offset_);
  const std::size_t k = plan_.k;
  const std::size_t n = plan_.n;
  std::fill_n(sums, block.rows * n, 0);
  if (k == 0 || n == 0) return;
  const std::uint8_t flip = a_signed_ ? kTopBit : 0;
  for (std::size_t row = 0; row < block.rows; ++row) {
    std::transform(a + row * k, a + (row + 1) * k, rows + row * lda_,
                   [flip](std::byte code) { return static_cast<std::uint8_t>(Bits(code) ^ flip); });
  }
  gemm_->sums({.m = block.rows,
               .n = n,
               .k = k,
               .a = rows,
               .lda = lda_,
               .packed_b = packed,
               .is_int4 = false,
               .scratch = scratch + kernel_offset_},
              {sums, n});
  // Σ (a − za)(b − zb) = Σ ab − za·Σb − zb·Σa + k·za·zb. The whole fits int32; what leads there may wrap around.
  const auto bits = [](auto number) { return static_cast<std::uint32_t>(number); };
  for (std::size_t row = 0; row < block.rows; ++row) {
    const std::uint32_t a_zero = bits(AZero(a_zeros, block.first_a_row + row));
    std::uint32_t row_sum = 0;
    for (std::size_t i = 0; i < k; ++i) row_sum += rows[row * lda_ + i];
    for (std::size_t column = 0; column < n; ++column) {
      const std::uint32_t b_zero = bits(BZero(b_zeros, block.first_b_column + column));
      std::int32_t& sum = sums[row * n + column];
      sum = static_cast<std::int32_t>(bits(sum) - a_zero * bits(column_sums[column]) - b_zero * row_sum +
                                      bits(k) * a_zero * b_zero);
    }
  }
}

}  // namespace alice
