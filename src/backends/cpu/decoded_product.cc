#include "backends/cpu/decoded_product.h"

#include <algorithm>

#include "backends/cpu/tile_rows.h"

namespace alice {
namespace {

/// Columns of weights with k rows to decode at a time: as many as stay in the nearest cache, but enough for the product
/// kernel where kTileBytes hold them.
std::size_t PanelColumns(std::size_t k, std::size_t n) {
  constexpr std::size_t kCacheBytes = std::size_t{1} << 14;
  constexpr std::size_t kEnough = 16;
  const std::size_t column_bytes = std::max<std::size_t>(k, 1) * sizeof(float);
  const std::size_t cached = std::max(kCacheBytes / column_bytes / kEnough * kEnough, kEnough);
  return std::min(cached, TileRows(n, column_bytes));
}

}  // namespace

Result<DecodedProduct> DecodedProduct::Create(const CompileContext& context) {
  ALICE_ASSIGN_OR_RETURN(std::shared_ptr<CodedWeights> weights, AnySharedWeights(context));
  return DecodedProduct(context, std::move(weights));
}

DecodedProduct::DecodedProduct(const CompileContext& context, std::shared_ptr<CodedWeights> weights)
    : gemm_(&SelectGemmF32(context.isa)),
      weights_(std::move(weights)),
      bias_(context.constant_f32(2)),
      activation_(context.node.activation),
      panel_(PanelColumns(weights_->k(), weights_->n())) {}

std::uint64_t DecodedProduct::scratch_bytes() const {
  return std::uint64_t{k()} * panel_ * sizeof(float) + kBufferSlack;
}

void DecodedProduct::Run(const float* a, std::size_t rows, float* y, std::byte* scratch) const {
  auto* panel = reinterpret_cast<float*>(scratch);
  for (std::size_t column = 0; column < n(); column += panel_) {
    const std::size_t width = std::min(panel_, n() - column);
    weights_->Decode(column, width, panel, panel_);
    gemm_->run({.m = rows,
                .n = width,
                .k = k(),
                .a = a,
                .lda = k(),
                .b = panel,
                .ldb = panel_,
                .bias = bias_ == nullptr ? nullptr : bias_ + column,
                .activation = activation_,
                .c = y + column,
                .ldc = n()});
  }
}

}  // namespace alice
