#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include "backends/cpu/ops.h"
#include "backends/cpu/packed_weights.h"
#include "backends/cpu/quantized_output.h"
#include "kernels/dequantize_gemm/dequantize_gemm.h"

namespace alice {

/// Rows of u8 codes times a node's packed integer weights [k, n]: exact in int32 group by group, dequantized with bias and
/// activation, or requantized at once where the next layer takes codes.
class QuantizedProduct {
 public:
  /// Errors: those of PackedWeights::Create.
  static Result<QuantizedProduct> Create(const CompileContext& context);
  /// Once the memory is there: see CodedWeights.
  void Prepare(const Graph& graph) { weights_->Prepare(graph); }

  /// A [rows, k], quantized; one for each part of the weights.
  struct Codes {
    const std::uint8_t* data;
    std::size_t stride;
    const QParams* qparams;  ///< one for each `rows_per_group` rows
    std::size_t rows_per_group;
    std::size_t part_bytes = 0;  ///< from one A to the next
  };

  /// As QuantizedOutput::Connect.
  void Connect(const Connection& connection);

  [[nodiscard]] std::size_t k() const { return weights_->k(); }
  [[nodiscard]] std::size_t n() const { return weights_->n(); }
  /// The row stride with which codes are to be laid out for the product.
  [[nodiscard]] std::size_t row_stride() const;

  /// Lays scratch out for products of up to `rows` rows; gives its bytes.
  std::uint64_t Bind(std::size_t rows);
  /// Bytes of scratch that each row takes, at least.
  [[nodiscard]] std::size_t row_bytes() const;
  /// Where the rows go.
  struct Target {
    std::byte* y;              ///< [rows, n]: f32, or u8 codes of the output's parameters where those are set
    MinMax* ranges = nullptr;  ///< of f32: widened to hold them, one for each `rows_per_range` rows; null: not wanted
    std::size_t rows_per_range = 1;
  };
  /// Adjacent columns of the product: `first` is a multiple of panel_columns(). Those of several parts are multiplied at once.
  struct Columns {
    std::size_t first, count;
  };
  [[nodiscard]] std::size_t panel_columns() const { return weights_->parts() == 1 ? weights_->kernel().nr : n(); }
  /// Tells io.observer, for which these rows are those of the node's product from `first_row` on. It sees all columns.
  void Run(const Codes& a, std::size_t first_row, std::size_t rows, const Columns& columns, const Target& target,
           std::byte* scratch, const OpIo& io) const;
  [[nodiscard]] std::string_view kernel_name() const { return weights_->kernel().name; }
  /// Bytes of one element of y.
  [[nodiscard]] std::size_t output_bytes() const { return output_.bytes(); }

  [[nodiscard]] std::size_t bytes() const { return weights_->bytes(); }
  [[nodiscard]] std::span<std::byte> codes() { return weights_->codes(); }

 private:
  QuantizedProduct(const CompileContext& context, std::shared_ptr<PackedWeights> weights);

  /// Run of weights in several parts: all columns.
  void RunParts(const Codes& a, std::size_t first_row, std::size_t rows, const Target& target, std::byte* scratch,
                const OpIo& io) const;
  /// What becomes of the columns from `first` on.
  [[nodiscard]] Dequantization DequantizationOf(const PackedWeights::Group& group, const Codes& a, const Target& target,
                                                float* y, const std::int32_t* row_sums, std::size_t first) const;
  [[nodiscard]] Requantization RequantizationOf(const PackedWeights::Group& group, std::byte* y,
                                                const std::int32_t* row_sums, std::size_t first) const;

  std::shared_ptr<PackedWeights> weights_;
  const DequantizeGemmKernel* dequantize_;
  const RequantizeGemmKernel* requantize_;
  QuantizedOutput output_;
  std::size_t row_sums_offset_ = 0;
  std::size_t kernel_offset_ = 0;
};

}  // namespace alice
