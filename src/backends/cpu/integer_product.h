#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "backends/cpu/for_each_product.h"
#include "backends/cpu/matmul_plan.h"
#include "backends/cpu/ops.h"
#include "kernels/gemm_u8s8s32/gemm_u8s8s32.h"
#include "tensor/buffer.h"

namespace alice {

/// The longest sum Σ (a − za)·(b − zb) of 8-bit codes and zero points whose int32 accumulator cannot overflow.
inline constexpr std::size_t kMaxReduction8x8 = 2147483647 / (255 * 255);

/// Zero points of one operand: none (0), one, or one for each of its rows or columns.
struct ZeroPoints {
  const std::byte* data = nullptr;
  std::size_t count = 1;
};

/// Σ (a − za)·(b − zb) exactly in int32, for A and B of u8 or s8 in any combination (ONNX MatMulInteger-10), by the
/// u8 · s8 product: the codes of an s8 A and of a u8 B are moved by 128, and so are their zero points.
class IntegerProduct {
 public:
  /// For A and B at these inputs of the node. Error: reduction_too_long.
  static Result<IntegerProduct> Compile(const CompileContext& context, std::size_t a_input, std::size_t b_input);
  /// Packs a constant matrix B.
  void Prepare(const Graph& graph);

  /// Plans for these shapes; gives the bytes of scratch. Error: reduction_too_long.
  Result<std::uint64_t> Bind(const Shape& a, const Shape& b);

  /// Some rows of the result: [rows, n], row-major.
  struct Block {
    std::size_t first_a_row;     ///< counted over all matrices of A
    std::size_t first_b_column;  ///< counted over all matrices of B
    std::size_t first_element;   ///< of the result
    std::size_t rows;
    std::size_t n;
    const std::int32_t* sums;
  };

  /// Calls use(const Block&) for every row of the result once, in order.
  template <typename Use>
  void Run(const std::byte* a, const std::byte* b, ZeroPoints a_zeros, ZeroPoints b_zeros, std::byte* scratch,
           const Use& use) const;

  [[nodiscard]] std::size_t PackedWeightBytes() const {
    return packed_ == nullptr ? 0 : packed_->bytes() + column_sums_->bytes();
  }

 private:
  static constexpr std::size_t kBlockRows = 16;
  static constexpr std::size_t kNoMatrix = static_cast<std::size_t>(-1);

  explicit IntegerProduct(const CompileContext& context, bool a_signed, bool b_signed)
      : gemm_(&SelectGemmU8S8S32(context.isa)), a_signed_(a_signed), b_signed_(b_signed) {}

  [[nodiscard]] std::uint64_t PackedBytes(std::size_t k, std::size_t n) const;
  void Pack(const std::byte* b, std::size_t k, std::size_t n, std::byte* packed, std::int32_t* column_sums) const;
  [[nodiscard]] std::int32_t AZero(ZeroPoints zeros, std::size_t row) const;
  [[nodiscard]] std::int32_t BZero(ZeroPoints zeros, std::size_t column) const;
  /// The sums of `block`, whose rows of A begin at `a`.
  void Multiply(const std::byte* a, const std::byte* packed, const std::int32_t* column_sums, ZeroPoints a_zeros,
                ZeroPoints b_zeros, std::byte* scratch, const Block& block) const;

  const GemmU8S8S32Kernel* gemm_;
  bool a_signed_, b_signed_;
  ValueId constant_b_ = kNoValue;
  std::shared_ptr<const Buffer> packed_;  ///< of a constant B; null for another
  std::shared_ptr<const Buffer> column_sums_;

  MatMulPlan plan_;
  std::size_t lda_ = 0;
  std::uint64_t sums_offset_ = 0, kernel_offset_ = 0, packed_offset_ = 0, column_sums_offset_ = 0;
};

template <typename Use>
void IntegerProduct::Run(const std::byte* a, const std::byte* b, ZeroPoints a_zeros, ZeroPoints b_zeros,
                         std::byte* scratch, const Use& use) const {
  const bool is_packed = packed_ != nullptr;
  std::byte* const packed = is_packed ? packed_->data() : scratch + packed_offset_;
  auto* column_sums =
      is_packed ? column_sums_->as<std::int32_t>() : reinterpret_cast<std::int32_t*>(scratch + column_sums_offset_);
  const std::size_t m = plan_.m;
  const std::size_t n = plan_.n;
  const std::size_t k = plan_.k;
  std::size_t packed_matrix = is_packed ? 0 : kNoMatrix;
  ForEachProduct(plan_, [&](std::size_t a_matrix, std::size_t b_matrix, std::size_t y_matrix) {
    if (packed_matrix != b_matrix) {
      Pack(b + b_matrix * k * n, k, n, packed, column_sums);
      packed_matrix = b_matrix;
    }
    for (std::size_t row = 0; row < m; row += kBlockRows) {
      const Block block{.first_a_row = a_matrix * m + row,
                        .first_b_column = b_matrix * n,
                        .first_element = (y_matrix * m + row) * n,
                        .rows = std::min(kBlockRows, m - row),
                        .n = n,
                        .sums = reinterpret_cast<const std::int32_t*>(scratch + sums_offset_)};
      Multiply(a + block.first_a_row * k, packed, column_sums, a_zeros, b_zeros, scratch, block);
      use(block);
    }
  });
}

}  // namespace alice
