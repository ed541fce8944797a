#include "passes/weight_form.h"

#include <algorithm>

#include "numeric/fp8.h"
#include "numeric/int4.h"
#include "passes/conv_weights.h"

namespace alice {
namespace {

std::optional<WeightType> WeightTypeOf(DType dtype) {
  switch (dtype) {
    case DType::s8:
    case DType::u8:
      return WeightType::int8;
    case DType::s4:
    case DType::u4:
      return WeightType::int4;
    case DType::f8e4m3:
      return WeightType::fp8e4m3;
    case DType::f8e5m2:
      return WeightType::fp8e5m2;
    default:
      return std::nullopt;
  }
}

/// What makes a code of `dtype` signed when it is taken away.
int OffsetOf(DType dtype) { return dtype == DType::u8 ? 128 : dtype == DType::u4 ? 8 : 0; }

/// Element `index` of a tensor of codes, signed; the bits of an FP8 code.
std::int8_t SignedCode(const Tensor& codes, std::size_t index) {
  const auto byte = std::to_integer<std::uint8_t>(codes.view().data[index]);
  return static_cast<std::int8_t>(byte - OffsetOf(codes.dtype()));
}

class FormBuilder {
 public:
  FormBuilder(Rewriter& rewriter, const StoredWeights& stored) : rewriter_(rewriter), stored_(stored) {}

  Result<std::optional<QuantizedForm>> Build() {
    if (!FindScheme()) return std::optional<QuantizedForm>();
    QuantizedForm form;
    form.scheme.weights = scheme_;
    ALICE_ASSIGN_OR_RETURN(form.weights, Codes());
    ALICE_ASSIGN_OR_RETURN(form.scales, Scales());
    if (!scheme_.symmetric) {
      ALICE_ASSIGN_OR_RETURN(form.zero_points, ZeroPoints());
    }
    return std::optional(form);
  }

 private:
  [[nodiscard]] const Value& value(ValueId id) const { return rewriter_.graph().value(id); }
  [[nodiscard]] bool IsAvailable(ValueId id) const {
    return rewriter_.graph().IsConstant(id) && !value(id).constant->released();
  }

  bool FindScheme() {
    const bool has_zero_points = stored_.zero_points != kNoValue;
    if (!IsAvailable(stored_.codes) || !IsAvailable(stored_.scales)) return false;
    if (has_zero_points && !IsAvailable(stored_.zero_points)) return false;
    const Shape& shape = value(stored_.codes).constant->shape();
    const std::optional<WeightType> type = WeightTypeOf(value(stored_.codes).dtype);
    if (!type || shape.rank() != 2 || shape.elements() == 0) return false;
    k_ = static_cast<std::size_t>(shape[stored_.transposed ? 1 : 0]);
    n_ = static_cast<std::size_t>(shape[stored_.transposed ? 0 : 1]);
    scheme_.type = *type;

    const auto count_of = [&](ValueId id) { return static_cast<std::size_t>(value(id).constant->shape().elements()); };
    const std::size_t scales = count_of(stored_.scales);
    const std::size_t zero_points = has_zero_points ? count_of(stored_.zero_points) : 1;
    if (stored_.block_size != 0) {
      scheme_.granularity = Granularity::per_group;
      scheme_.group_size = stored_.block_size;
    } else {
      const bool is_row = std::max(scales, zero_points) > 1 || (n_ == 1 && value(stored_.scales).shape.rank() > 0);
      scheme_.granularity = is_row ? Granularity::per_channel : Granularity::per_tensor;
    }
    grid_ = ScaleGridOf(k_, n_, scheme_);
    const auto fits = [&](std::size_t count) { return count == grid_.count() || count == 1; };
    if (!fits(scales) || !fits(zero_points)) return false;
    scheme_.symmetric = ZeroPointsAreZero();
    return CheckScheme(scheme_).ok();
  }

  [[nodiscard]] bool ZeroPointsAreZero() const {
    if (stored_.zero_points == kNoValue) return OffsetOf(value(stored_.codes).dtype) == 0;
    const Tensor& points = *value(stored_.zero_points).constant;
    for (std::size_t i = 0; i < points.bytes(); ++i) {
      if (SignedCode(points, i) != 0) return false;
    }
    return true;
  }

  /// Where the model holds what the form has at [row, column] of `rows` × `columns`.
  [[nodiscard]] std::size_t StoredAt(std::size_t row, std::size_t column, std::size_t rows, std::size_t columns) const {
    return stored_.transposed ? column * rows + row : row * columns + column;
  }

  /// Calls visit(index in the form, index in the model) for all of `rows` × `columns`.
  template <typename Visit>
  void ForEach(std::size_t rows, std::size_t columns, const Visit& visit) const {
    for (std::size_t row = 0; row < rows; ++row) {
      for (std::size_t column = 0; column < columns; ++column) {
        visit(row * columns + column, StoredAt(row, column, rows, columns));
      }
    }
  }

  Result<ValueId> Codes() {
    const Value& stored = value(stored_.codes);
    if (stored.dtype == DType::s8 && !stored_.transposed) return stored_.codes;
    const bool is_int4 = scheme_.type == WeightType::int4;
    const Shape shape = is_int4 ? Shape{AxisSize(Int4Bytes(k_ * n_))} : Shape{AxisSize(k_), AxisSize(n_)};
    const DType dtype = scheme_.type == WeightType::int8 ? DType::s8 : DType::u8;
    ALICE_ASSIGN_OR_RETURN(Tensor codes, Tensor::Zeros(rewriter_.budget(), MemoryKind::weights_int8, dtype, shape));
    const Tensor& from = *stored.constant;
    auto* to = reinterpret_cast<std::uint8_t*>(codes.view().data);
    ForEach(k_, n_, [&](std::size_t index, std::size_t at) {
      const std::int8_t code = SignedCode(from, at);
      if (is_int4) {
        StoreInt4(to, index, code);
      } else {
        to[index] = static_cast<std::uint8_t>(code);
      }
    });
    return rewriter_.NewConstant(stored.name, std::move(codes));
  }

  [[nodiscard]] Shape GridShape() const {
    if (scheme_.granularity != Granularity::per_group) return {AxisSize(grid_.columns)};
    return {AxisSize(grid_.rows), AxisSize(grid_.columns)};
  }

  Result<ValueId> Scales() {
    const Value& stored = value(stored_.scales);
    if (!stored_.transposed && stored.constant->shape() == GridShape()) return stored_.scales;
    ALICE_ASSIGN_OR_RETURN(Tensor scales,
                           Tensor::Zeros(rewriter_.budget(), MemoryKind::scales, DType::f32, GridShape()));
    const std::span<const float> from = stored.constant->elements<const float>();
    const std::span<float> to = scales.elements<float>();
    ForEach(grid_.rows, grid_.columns,
            [&](std::size_t index, std::size_t at) { to[index] = from[from.size() == 1 ? 0 : at]; });
    return rewriter_.NewConstant(stored.name, std::move(scales));
  }

  Result<ValueId> ZeroPoints() {
    ALICE_ASSIGN_OR_RETURN(Tensor points,
                           Tensor::Zeros(rewriter_.budget(), MemoryKind::scales, DType::s8, GridShape()));
    const std::span<std::int8_t> to = points.elements<std::int8_t>();
    if (stored_.zero_points == kNoValue) {
      std::ranges::fill(to, static_cast<std::int8_t>(-OffsetOf(value(stored_.codes).dtype)));
      return rewriter_.NewConstant(value(stored_.codes).name + "/zero_points", std::move(points));
    }
    const Value& stored = value(stored_.zero_points);
    const Tensor& from = *stored.constant;
    ForEach(grid_.rows, grid_.columns,
            [&](std::size_t index, std::size_t at) { to[index] = SignedCode(from, from.bytes() == 1 ? 0 : at); });
    return rewriter_.NewConstant(stored.name, std::move(points));
  }

  Rewriter& rewriter_;
  const StoredWeights& stored_;
  WeightScheme scheme_;
  std::size_t k_ = 0, n_ = 0;
  ScaleGrid grid_{1, 1, 1};
};

/// `id` as a vector, or a scalar where it has one element; kNoValue as it is.
Result<ValueId> Flattened(Rewriter& rewriter, ValueId id) {
  if (id == kNoValue || !rewriter.graph().IsConstant(id)) return id;
  ALICE_ASSIGN_OR_RETURN(Tensor vector, CopyOf(*rewriter.graph().value(id).constant, rewriter.budget()));
  const std::int64_t elements = vector.shape().elements();
  vector.set_shape(elements == 1 ? Shape{} : Shape{elements});
  return rewriter.NewConstant(rewriter.graph().value(id).name, std::move(vector));
}

bool IsReleased(const Graph& graph, ValueId id) {
  return id != kNoValue && (!graph.IsConstant(id) || graph.value(id).constant->released());
}

}  // namespace

Result<std::optional<QuantizedForm>> FormOf(Rewriter& rewriter, const StoredWeights& stored) {
  return FormBuilder(rewriter, stored).Build();
}

Result<std::optional<ProductWeights>> MatrixWeightsOf(Rewriter& rewriter, const StoredWeights& stored) {
  ALICE_ASSIGN_OR_RETURN(const std::optional<QuantizedForm> form, FormOf(rewriter, stored));
  if (!form) return std::optional<ProductWeights>();
  const Value& codes = rewriter.graph().value(stored.codes);
  const auto k = static_cast<std::size_t>(codes.constant->shape()[stored.transposed ? 1 : 0]);
  const auto n = static_cast<std::size_t>(codes.constant->shape()[stored.transposed ? 0 : 1]);
  Tensor real = Tensor::WithoutElements(DType::f32, {AxisSize(k), AxisSize(n)});
  const std::string name = codes.name + "/dequantized";
  return std::optional(ProductWeights{*form, rewriter.NewConstant(name, std::move(real))});
}

Result<std::optional<ProductWeights>> ConvWeightsOf(Rewriter& rewriter, const StoredWeights& stored) {
  const Graph& graph = rewriter.graph();
  for (const ValueId id : {stored.codes, stored.scales, stored.zero_points}) {
    if (IsReleased(graph, id)) return std::optional<ProductWeights>();
  }
  const Shape w = graph.value(stored.codes).constant->shape();
  if (w.rank() < 3 || w.elements() == 0) return std::optional<ProductWeights>();
  ALICE_ASSIGN_OR_RETURN(Tensor rows, CopyOf(*graph.value(stored.codes).constant, rewriter.budget()));
  rows.set_shape({w[0], w.Product(1, w.rank())});
  StoredWeights matrix{.transposed = true};
  matrix.codes = rewriter.NewConstant(graph.value(stored.codes).name, std::move(rows));
  ALICE_ASSIGN_OR_RETURN(matrix.scales, Flattened(rewriter, stored.scales));
  ALICE_ASSIGN_OR_RETURN(matrix.zero_points, Flattened(rewriter, stored.zero_points));
  ALICE_ASSIGN_OR_RETURN(const std::optional<QuantizedForm> form, FormOf(rewriter, matrix));
  rewriter.graph().value(matrix.codes).constant.reset();
  if (!form) return std::optional<ProductWeights>();
  const std::string name = graph.value(stored.codes).name + "/dequantized";
  return std::optional(ProductWeights{*form, rewriter.NewConstant(name, Tensor::WithoutElements(DType::f32, w))});
}

}  // namespace alice
