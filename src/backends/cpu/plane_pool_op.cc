#include <array>
#include <limits>

#include "backends/cpu/ops.h"
#include "ir/window.h"

namespace alice {
namespace {

template <typename T>
constexpr T kLowest =
    std::numeric_limits<T>::has_infinity ? -std::numeric_limits<T>::infinity() : std::numeric_limits<T>::lowest();

/// MaxPool, AveragePool, and the global ones over one window that holds all, where the channels are not last: plane by plane and window by window. Spatial axes are three;
/// those that X lacks are of size 1.
class PlanePoolOp final : public Op {
 public:
  explicit PlanePoolOp(const CompileContext& context)
      : kind_(context.node.kind), dtype_(context.input(0).dtype), gives_indices_(context.node.outputs.size() > 1) {
    if (const auto* pool = std::get_if<PoolAttributes>(&context.node.attributes)) attributes_ = *pool;
  }

  Result<std::uint64_t> Bind(const Binding& binding) override {
    const Shape& x = binding.inputs[0];
    const std::size_t spatial = x.rank() - 2;
    axes_ = {};
    planes_ = x[0] * x[1];
    if (kind_ == OpKind::GlobalAveragePool || kind_ == OpKind::GlobalMaxPool) {
      axes_[2].size = axes_[2].kernel = x.Product(2, x.rank());
      return std::uint64_t{0};
    }
    for (std::size_t axis = 0; axis < spatial; ++axis) {
      ALICE_ASSIGN_OR_RETURN(
          axes_[kSpatial - spatial + axis],
          WindowAxisOf(attributes_.window, axis, spatial, attributes_.window.kernel[axis], x[2 + axis]));
    }
    return std::uint64_t{0};
  }

  void Run(const OpIo& io) const override {
    if (kind_ == OpKind::AveragePool || kind_ == OpKind::GlobalAveragePool) {
      Average(reinterpret_cast<const float*>(io.inputs[0]), reinterpret_cast<float*>(io.outputs[0]));
    } else if (dtype_ == DType::f32) {
      Maximum<float>(io);
    } else if (dtype_ == DType::u8) {
      Maximum<std::uint8_t>(io);
    } else {
      Maximum<std::int8_t>(io);
    }
  }

 private:
  static constexpr std::size_t kSpatial = 3;
  using Position = std::array<std::int64_t, kSpatial>;

  /// visit(position, plane of X) for each output, in order.
  template <typename Visit>
  void ForEachOutput(const Visit& visit) const {
    for (std::int64_t plane = 0; plane < planes_; ++plane) {
      for (std::int64_t depth = 0; depth < axes_[0].outputs; ++depth) {
        for (std::int64_t row = 0; row < axes_[1].outputs; ++row) {
          for (std::int64_t column = 0; column < axes_[2].outputs; ++column) {
            visit(Position{depth, row, column}, plane * axes_[0].size * axes_[1].size * axes_[2].size);
          }
        }
      }
    }
  }

  /// take(position) for each element of X under the window of that output.
  template <typename Take>
  void ForEachUnder(const Position& output, const Take& take) const {
    const auto [depth, row, column] = output;
    const WindowAxis::Span depths = axes_[0].Inside(depth);
    const WindowAxis::Span rows = axes_[1].Inside(row);
    const WindowAxis::Span columns = axes_[2].Inside(column);
    for (std::int64_t i = depths.first; i < depths.last; ++i) {
      for (std::int64_t j = rows.first; j < rows.last; ++j) {
        for (std::int64_t k = columns.first; k < columns.last; ++k) {
          take(Position{axes_[0].At(depth, i), axes_[1].At(row, j), axes_[2].At(column, k)});
        }
      }
    }
  }

  [[nodiscard]] std::int64_t OffsetOf(const Position& x) const {
    return (x[0] * axes_[1].size + x[1]) * axes_[2].size + x[2];
  }
  [[nodiscard]] std::int64_t ColumnMajorOffsetOf(const Position& x) const {
    return x[0] + axes_[0].size * (x[1] + axes_[1].size * x[2]);
  }

  /// The first of equal elements; where a window has none, the lowest element and the index −1.
  template <typename T>
  void Maximum(const OpIo& io) const {
    const T* const x = reinterpret_cast<const T*>(io.inputs[0]);
    T* y = reinterpret_cast<T*>(io.outputs[0]);
    auto* index = gives_indices_ ? reinterpret_cast<std::int64_t*>(io.outputs[1]) : nullptr;
    ForEachOutput([&](const Position& output, std::int64_t plane) {
      T largest = kLowest<T>;
      std::int64_t at = -1;
      ForEachUnder(output, [&](const Position& position) {
        const T element = x[plane + OffsetOf(position)];
        if (at >= 0 && !(largest < element)) return;
        if (largest < element) largest = element;
        at = plane + (attributes_.column_major_indices ? ColumnMajorOffsetOf(position) : OffsetOf(position));
      });
      *y++ = largest;
      if (index != nullptr) *index++ = at;
    });
  }

  void Average(const float* x, float* y) const {
    ForEachOutput([&](const Position& output, std::int64_t plane) {
      float sum = 0.0f;
      ForEachUnder(output, [&](const Position& position) { sum += x[plane + OffsetOf(position)]; });
      std::int64_t count = 1;
      for (std::size_t axis = 0; axis < kSpatial; ++axis) {
        count *= axes_[axis].Counted(output[axis], attributes_.count_include_pad);
      }
      *y++ = sum / static_cast<float>(count);
    });
  }

  OpKind kind_;
  DType dtype_;
  PoolAttributes attributes_;
  bool gives_indices_;
  std::array<WindowAxis, kSpatial> axes_{};
  std::int64_t planes_ = 0;
};

}  // namespace

CompiledOp CompilePlanePool(const CompileContext& context) {
  return std::unique_ptr<Op>(std::make_unique<PlanePoolOp>(context));
}

}  // namespace alice
