#include <array>
#include <cstring>

#include "backends/cpu/ops.h"
#include "backends/cpu/pieces.h"
#include "backends/cpu/strides.h"
#include "kernels/strided_copy/strided_copy.h"
#include "kernels/transpose/transpose.h"

namespace alice {
namespace {

/// Transpose. Axes that stay neighbours move as one; where that leaves matrices of f32, the transpose kernel moves them.
class TransposeOp final : public Op {
 public:
  explicit TransposeOp(const CompileContext& context)
      : transpose_(SelectTransposeF32(context.isa)),
        element_(SizeOf(context.input(0).dtype)),
        is_f32_(context.input(0).dtype == DType::f32),
        permutation_(
            PermutationOf(std::get<TransposeAttributes>(context.node.attributes), context.input(0).shape.rank())) {}

  Result<std::uint64_t> Bind(const Binding& binding) override {
    const Shape& x = binding.inputs[0];
    const Strides strides = StridesOf(x);
    rank_ = 0;
    for (const std::int64_t from : permutation_.dims()) {
      const auto axis = static_cast<std::size_t>(from);
      const auto size = static_cast<std::size_t>(x[axis]);
      if (size == 1) continue;
      const auto stride = static_cast<std::size_t>(strides[axis]);
      if (rank_ > 0 && axes_[rank_ - 1].stride == stride * size) {
        axes_[rank_ - 1] = {axes_[rank_ - 1].size * size, stride};
      } else {
        axes_[rank_++] = {size, stride};
      }
    }
    std::array<StridedCopy::Axis, kMaxRank> axes{};
    std::ptrdiff_t step = 1;
    for (std::size_t axis = rank_; axis-- > 0; step *= static_cast<std::ptrdiff_t>(axes_[axis].size)) {
      axes[axis] = {axes_[axis].size, static_cast<std::ptrdiff_t>(axes_[axis].stride), step};
    }
    copy_ = StridedCopy(element_, std::span(axes).first(rank_));
    elements_ = static_cast<std::size_t>(x.elements());
    if (elements_ > 0 && IsMatrices()) {
      const std::size_t columns = axes_[rank_ - 2].size;
      columns_ = {columns, {.most = columns, .least = kLeastElements / axes_[rank_ - 1].size + 1}, binding.threads};
    }
    return std::uint64_t{0};
  }

  void Run(const OpIo& io) const override {
    if (elements_ == 0) return;
    if (is_f32_ && IsMatrices()) {
      MoveMatrices(io);
    } else {
      copy_.Run(io.inputs[0], io.outputs[0]);
    }
  }

 private:
  struct Axis {
    std::size_t size, stride;  ///< of x, in elements, in the order of y
  };

  /// Whether the last two axes are a matrix that is transposed where it lies.
  [[nodiscard]] bool IsMatrices() const {
    if (rank_ < 2) return false;
    const Axis& rows = axes_[rank_ - 1];
    const Axis& columns = axes_[rank_ - 2];
    const bool is_matrix = columns.stride == 1 && rows.stride == columns.size;
    return is_matrix && (rank_ == 2 || (rank_ == 3 && axes_[0].stride == rows.size * columns.size));
  }

  void MoveMatrices(const OpIo& io) const {
    const auto* x = reinterpret_cast<const float*>(io.inputs[0]);
    auto* y = reinterpret_cast<float*>(io.outputs[0]);
    const std::size_t rows = axes_[rank_ - 1].size;
    const std::size_t all_columns = axes_[rank_ - 2].size;
    for (std::size_t done = 0; done < elements_; done += rows * all_columns) {
      columns_.ForEach(io.threads, [&](std::size_t first, std::size_t columns, std::size_t /*thread*/) {
        transpose_.run({rows, columns, x + done + first, all_columns, y + done + first * rows});
      });
    }
  }

  const TransposeF32Kernel& transpose_;
  std::size_t element_;
  bool is_f32_;
  Shape permutation_;
  std::array<Axis, kMaxRank> axes_{};
  StridedCopy copy_;
  Pieces columns_;  ///< of each matrix of x
  std::size_t rank_ = 0;
  std::size_t elements_ = 0;
};

/// Concat: each input gives a stretch to every row of the output.
class ConcatOp final : public Op {
 public:
  explicit ConcatOp(const CompileContext& context)
      : element_(SizeOf(context.input(0).dtype)),
        axis_(std::get<ConcatAttributes>(context.node.attributes).axis),
        stretches_(context.node.inputs.size()) {}

  Result<std::uint64_t> Bind(const Binding& binding) override {
    const Shape& y = binding.outputs[0];
    const auto rank = static_cast<std::int64_t>(y.rank());
    const auto axis = static_cast<std::size_t>(axis_ < 0 ? axis_ + rank : axis_);
    rows_ = static_cast<std::size_t>(y.Product(0, axis));
    for (std::size_t i = 0; i < stretches_.size(); ++i) {
      const Shape& x = binding.inputs[i];
      stretches_[i] = static_cast<std::size_t>(x.Product(axis, x.rank())) * element_;
    }
    return std::uint64_t{0};
  }

  void Run(const OpIo& io) const override {
    std::byte* y = io.outputs[0];
    for (std::size_t row = 0; row < rows_; ++row) {
      for (std::size_t i = 0; i < stretches_.size(); y += stretches_[i++]) {
        std::memcpy(y, io.inputs[i] + row * stretches_[i], stretches_[i]);
      }
    }
  }

 private:
  std::size_t element_;
  std::int64_t axis_;
  std::size_t rows_ = 0;
  std::vector<std::size_t> stretches_;  ///< bytes of each input in one row
};

}  // namespace

CompiledOp CompileTranspose(const CompileContext& context) {
  return std::unique_ptr<Op>(std::make_unique<TransposeOp>(context));
}

CompiledOp CompileConcat(const CompileContext& context) {
  return std::unique_ptr<Op>(std::make_unique<ConcatOp>(context));
}

}  // namespace alice
