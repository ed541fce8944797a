#include <algorithm>
#include <array>

#include "backends/cpu/indexed_axes.h"
#include "backends/cpu/ops.h"
#include "kernels/strided_copy/strided_copy.h"
#include "tensor/cast.h"

namespace alice {
namespace {

/// The pads of every axis, in its order.
struct AxisPads {
  std::array<std::int64_t, kMaxRank> begin{}, end{};
};

AxisPads PadsOf(const PadAttributes& pad, std::size_t rank) {
  AxisPads pads;
  for (std::size_t i = 0; i < pad.axes.rank(); ++i) {
    const std::int64_t given = pad.axes[i];
    const auto axis = static_cast<std::size_t>(given < 0 ? given + static_cast<std::int64_t>(rank) : given);
    pads.begin[axis] = pad.begins[i];
    pads.end[axis] = pad.ends[i];
  }
  return pads;
}

/// Pad with a constant: along each axis a block of it before and one behind, then the input, or what is left of it, in
/// between.
class ConstantPadOp final : public Op {
 public:
  explicit ConstantPadOp(const CompileContext& context)
      : attributes_(std::get<PadAttributes>(context.node.attributes)),
        element_bytes_(SizeOf(context.input(0).dtype)),
        takes_constant_(context.has_input(2)) {
    CastElements(DType::f32, &attributes_.value, 1, context.input(0).dtype, constant_.data());
  }

  Result<std::uint64_t> Bind(const Binding& binding) override {
    const Shape& x = binding.inputs[0];
    const Shape& y = binding.outputs[0];
    const AxisPads pads = PadsOf(attributes_, x.rank());
    const Strides of_x = StridesOf(x);
    const Strides of_y = StridesOf(y);
    std::array<StridedCopy::Axis, kMaxRank> axes{};  // of the block that is looked at
    for (std::size_t axis = 0; axis < x.rank(); ++axis) axes[axis] = {static_cast<std::size_t>(y[axis]), 0, of_y[axis]};
    const std::span<const StridedCopy::Axis> block = std::span(axes).first(x.rank());
    std::ptrdiff_t first_x = 0;
    std::ptrdiff_t first_y = 0;
    for (std::size_t axis = 0; axis < x.rank(); ++axis) {
      const std::int64_t before = std::max<std::int64_t>(pads.begin[axis], 0);
      const std::int64_t behind = std::max<std::int64_t>(pads.end[axis], 0);
      const std::int64_t between = y[axis] - before - behind;
      axes[axis].size = static_cast<std::size_t>(before);
      borders_[2 * axis] = PartAt(first_y, block);
      axes[axis].size = static_cast<std::size_t>(behind);
      borders_[2 * axis + 1] = PartAt(first_y + static_cast<std::ptrdiff_t>(before + between) * of_y[axis], block);
      axes[axis].size = static_cast<std::size_t>(between);
      first_x += static_cast<std::ptrdiff_t>(before - pads.begin[axis]) * of_x[axis];
      first_y += static_cast<std::ptrdiff_t>(before) * of_y[axis];
    }
    for (std::size_t axis = 0; axis < x.rank(); ++axis) axes[axis].x = of_x[axis];
    const bool is_empty = std::ranges::any_of(block, [](const auto& axis) { return axis.size == 0; });
    inside_ = PartAt(is_empty ? 0 : first_y, block);
    first_x_ = is_empty ? 0 : static_cast<std::size_t>(first_x) * element_bytes_;
    is_empty_ = y.elements() == 0;
    return std::uint64_t{0};
  }

  void Run(const OpIo& io) const override {
    if (is_empty_) return;
    const std::byte* const constant = takes_constant_ ? io.inputs[2] : constant_.data();
    for (const Part& border : borders_) border.copy.Run(constant, io.outputs[0] + border.first_byte);
    inside_.copy.Run(io.inputs[0] + first_x_, io.outputs[0] + inside_.first_byte);
  }

 private:
  struct Part {
    std::size_t first_byte = 0;
    StridedCopy copy;
  };

  [[nodiscard]] Part PartAt(std::ptrdiff_t first, std::span<const StridedCopy::Axis> axes) const {
    const bool is_empty = std::ranges::any_of(axes, [](const auto& axis) { return axis.size == 0; });
    return {is_empty ? 0 : static_cast<std::size_t>(first) * element_bytes_, StridedCopy(element_bytes_, axes)};
  }

  PadAttributes attributes_;
  std::size_t element_bytes_;
  bool takes_constant_;
  alignas(8) std::array<std::byte, 8> constant_{};
  bool is_empty_ = true;
  std::array<Part, 2 * kMaxRank> borders_;
  std::size_t first_x_ = 0;  ///< in bytes
  Part inside_;
};

/// Pad with elements of the input itself.
class MirrorPadOp final : public Op {
 public:
  explicit MirrorPadOp(const CompileContext& context)
      : attributes_(std::get<PadAttributes>(context.node.attributes)), element_bytes_(SizeOf(context.input(0).dtype)) {}

  Result<std::uint64_t> Bind(const Binding& binding) override {
    x_ = binding.inputs[0];
    pads_ = PadsOf(attributes_, x_.rank());
    std::array<bool, kMaxRank> moves{};
    for (std::size_t axis = 0; axis < x_.rank(); ++axis) moves[axis] = pads_.begin[axis] != 0 || pads_.end[axis] != 0;
    ScratchLayout scratch;
    axes_.Bind(x_, binding.outputs[0], element_bytes_, moves, scratch);
    return scratch.bytes();
  }

  void Run(const OpIo& io) const override {
    axes_.Run([this](std::size_t axis, std::int64_t place) { return SourceOf(place - pads_.begin[axis], x_[axis]); },
              io.inputs[0], io.outputs[0], io.scratch);
  }

 private:
  /// The place within an axis of `size` that stands for `place`, which may be outside of it.
  [[nodiscard]] std::int64_t SourceOf(std::int64_t place, std::int64_t size) const {
    if (attributes_.mode == PadMode::edge) return std::clamp<std::int64_t>(place, 0, size - 1);
    const std::int64_t period = attributes_.mode == PadMode::wrap ? size : std::max<std::int64_t>(2 * (size - 1), 1);
    const std::int64_t rest = (place % period + period) % period;
    return rest < size ? rest : period - rest;
  }

  PadAttributes attributes_;
  std::size_t element_bytes_;
  Shape x_;
  AxisPads pads_;
  IndexedAxes axes_;
};

}  // namespace

CompiledOp CompilePad(const CompileContext& context) {
  if (std::get<PadAttributes>(context.node.attributes).mode == PadMode::constant) {
    return std::unique_ptr<Op>(std::make_unique<ConstantPadOp>(context));
  }
  return std::unique_ptr<Op>(std::make_unique<MirrorPadOp>(context));
}

}  // namespace alice
