#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include "backends/cpu/coded_weights.h"
#include "kernels/gemm_f32/gemm_f32.h"

namespace alice {

/// Rows of floats times weights [k, n] that are held as codes: panels of their columns are decoded into scratch and
/// multiplied, with bias and activation.
class DecodedProduct {
 public:
  /// Errors: those of AnySharedWeights.
  static Result<DecodedProduct> Create(const CompileContext& context);

  [[nodiscard]] std::size_t k() const { return weights_->k(); }
  [[nodiscard]] std::size_t n() const { return weights_->n(); }
  [[nodiscard]] std::uint64_t scratch_bytes() const;

  /// Once the weights' memory is there: see CodedWeights.
  void Prepare(const Graph& graph) { weights_->Prepare(graph); }
  /// a [rows, k], y [rows, n], both contiguous.
  void Run(const float* a, std::size_t rows, float* y, std::byte* scratch) const;

  [[nodiscard]] std::size_t bytes() const { return weights_->bytes(); }
  [[nodiscard]] std::string_view kernel_name() const { return gemm_->name; }

 private:
  DecodedProduct(const CompileContext& context, std::shared_ptr<CodedWeights> weights);

  const GemmF32Kernel* gemm_;
  std::shared_ptr<CodedWeights> weights_;
  const float* bias_;
  Activation activation_;
  std::size_t panel_;  ///< columns decoded together
};

}  // namespace alice
