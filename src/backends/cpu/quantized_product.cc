#include "backends/cpu/quantized_product.h"

#include <numeric>

#include "backends/cpu/scratch_layout.h"
#include "kernels/dequantize_gemm/part.h"

namespace alice {
namespace {

void SumRows(const std::uint8_t* codes, std::size_t stride, std::size_t rows, std::size_t columns, std::int32_t* sums) {
  for (std::size_t row = 0; row < rows; ++row) {
    sums[row] = std::accumulate(codes + row * stride, codes + row * stride + columns, 0);
  }
}

}  // namespace

Result<QuantizedProduct> QuantizedProduct::Create(const CompileContext& context) {
  ALICE_ASSIGN_OR_RETURN(std::shared_ptr<PackedWeights> weights, SharedWeights<PackedWeights>(context));
  return QuantizedProduct(context, std::move(weights));
}

void QuantizedProduct::Connect(const Connection& connection) {
  const PackedWeights::Group group = weights_->group(0);
  output_.Connect(connection, {.n = n(),
                               .k = k(),
                               .largest_weight = weights_->is_asymmetric() ? 255 : 128,
                               .scales = group.scales,
                               .sums = group.column_sums});
}

QuantizedProduct::QuantizedProduct(const CompileContext& context, std::shared_ptr<PackedWeights> weights)
    : weights_(std::move(weights)),
      dequantize_(&SelectDequantizeGemm(context.isa)),
      requantize_(&SelectRequantizeGemm(context.isa)),
      output_(context, weights_->n()) {}

std::size_t QuantizedProduct::row_stride() const {
  // A group's last row is read to a multiple of 16 from wherever the group begins.
  const std::size_t overrun = weights_->group_count() > 1 ? kGemmU8S8S32RowAlign : 0;
  return static_cast<std::size_t>(AlignUp(k() + overrun, kGemmU8S8S32RowAlign));
}

std::size_t QuantizedProduct::row_bytes() const {
  const std::size_t row_sum = weights_->is_asymmetric() ? sizeof(std::int32_t) : 0;
  return n() * sizeof(std::int32_t) + row_sum;
}

std::uint64_t QuantizedProduct::Bind(std::size_t rows) {
  ScratchLayout scratch;
  static_assert(sizeof(float) == sizeof(std::int32_t));
  scratch.Place(std::uint64_t{rows} * n() * sizeof(std::int32_t));  // accumulators, or the floats that they become
  row_sums_offset_ = scratch.Place(weights_->is_asymmetric() ? rows * sizeof(std::int32_t) : 0);
  kernel_offset_ = scratch.Place(weights_->scratch_bytes(rows));
  return scratch.bytes();
}

Dequantization QuantizedProduct::DequantizationOf(const PackedWeights::Group& group, const Codes& a,
                                                  const Target& target, float* y, const std::int32_t* row_sums,
                                                  std::size_t first) const {
  const bool is_last = group.first_row + group.rows == k();
  return {.a_qparams = a.qparams,
          .rows_per_group = a.rows_per_group,
          .column_sums = group.column_sums + first,
          .weight_scales = group.scales + first,
          .bias = is_last ? OptionalAt(output_.bias(), first) : nullptr,
          .activation = is_last ? output_.activation() : Activation{},
          .y = y + first,
          .ldy = n(),
          .weight_zero_points = OptionalAt(group.zero_points, first),
          .row_sums = row_sums,
          .accumulate = group.first_row > 0,
          .ranges = is_last ? target.ranges : nullptr,
          .rows_per_range = target.rows_per_range};
}

Requantization QuantizedProduct::RequantizationOf(const PackedWeights::Group& group, std::byte* y,
                                                  const std::int32_t* row_sums, std::size_t first) const {
  Requantization to = output_.RequantizationTo(y);
  to.weight_zero_points = group.zero_points;
  to.row_sums = row_sums;
  return PartOf(to, first);
}

void QuantizedProduct::Run(const Codes& a, std::size_t first_row, std::size_t rows, const Columns& columns,
                           const Target& target, std::byte* scratch, const OpIo& io) const {
  if (weights_->parts() > 1) return RunParts(a, first_row, rows, target, scratch, io);
  std::byte* const y = target.y;
  auto* sums = reinterpret_cast<std::int32_t*>(scratch);
  auto* row_sums = reinterpret_cast<std::int32_t*>(scratch + row_sums_offset_);
  auto* floats = reinterpret_cast<float*>(output_.gives_codes() ? scratch : y);
  const GemmU8S8S32Kernel& kernel = weights_->kernel();
  for (std::size_t index = 0; index < weights_->group_count(); ++index) {
    const PackedWeights::Group group = weights_->group(index);
    const std::uint8_t* codes = a.data + group.first_row;
    if (group.zero_points != nullptr) SumRows(codes, a.stride, rows, group.rows, row_sums);
    const GemmU8S8S32Args product =
        weights_->Product(group, columns.first, columns.count, {rows, codes, a.stride, scratch + kernel_offset_});
    if (io.observer != nullptr && weights_->group_count() == 1) {
      // Who looks on sees the sums; otherwise they never leave the registers.
      kernel.sums(product, {sums, n()});
      io.observer->OnInt8Gemm(
          io.node, {first_row, rows, n(), k(), a.data, a.stride, a.qparams, a.rows_per_group, sums, group.column_sums});
      if (output_.requantizes()) {
        requantize_->run({rows, n(), sums, n(), RequantizationOf(group, y, row_sums, 0)});
      } else {
        dequantize_->run({rows, n(), sums, n(), DequantizationOf(group, a, target, floats, row_sums, 0)});
      }
    } else if (output_.requantizes()) {
      kernel.requantize(product, RequantizationOf(group, y, row_sums, columns.first));
    } else {
      kernel.dequantize(product, DequantizationOf(group, a, target, floats, row_sums, columns.first));
    }
  }
  if (output_.gives_codes() && !output_.requantizes()) {
    output_.QuantizeTo(y, floats, rows, columns.first, columns.count);
  }
}

void QuantizedProduct::RunParts(const Codes& a, std::size_t first_row, std::size_t rows, const Target& target,
                                std::byte* scratch, const OpIo& io) const {
  auto* sums = reinterpret_cast<std::int32_t*>(scratch);
  auto* row_sums = reinterpret_cast<std::int32_t*>(scratch + row_sums_offset_);
  auto* floats = reinterpret_cast<float*>(output_.gives_codes() ? scratch : target.y);
  const GemmU8S8S32Kernel& kernel = weights_->kernel();
  const PackedWeights::Group group = weights_->group(0);
  const std::size_t columns = weights_->part_columns();
  const auto product_of = [&](std::size_t part) {
    const std::uint8_t* const codes = a.data + part * a.part_bytes;
    return weights_->Product(group, part * columns, columns, {rows, codes, a.stride, scratch + kernel_offset_});
  };
  if (io.observer != nullptr) {
    for (std::size_t part = 0; part < weights_->parts(); ++part) {
      kernel.sums(product_of(part), {sums + part * columns, n()});
    }
    io.observer->OnInt8Gemm(
        io.node, {first_row, rows, n(), k(), nullptr, 0, a.qparams, a.rows_per_group, sums, group.column_sums});
  }
  for (std::size_t part = 0; part < weights_->parts(); ++part) {
    const std::size_t first = part * columns;
    const GemmU8S8S32Args product = product_of(part);
    if (group.zero_points != nullptr) SumRows(product.a, a.stride, rows, k(), row_sums);
    if (output_.requantizes()) {
      kernel.requantize(product, RequantizationOf(group, target.y, row_sums, first));
    } else {
      kernel.dequantize(product, DequantizationOf(group, a, target, floats, row_sums, first));
    }
  }
  if (output_.gives_codes() && !output_.requantizes()) output_.QuantizeTo(target.y, floats, rows, 0, n());
}

}  // namespace alice
