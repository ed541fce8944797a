#include <array>

#include "backends/cpu/ops.h"
#include "backends/cpu/strides.h"
#include "ir/slice_range.h"
#include "kernels/strided_copy/strided_copy.h"

namespace alice {
namespace {

using Axis = StridedCopy::Axis;

/// What one output takes of the input: where it begins there, in elements, and its axes.
struct Block {
  std::ptrdiff_t first = 0;
  std::array<Axis, StridedCopy::kMaxAxes> axes{};
  std::size_t rank = 0;

  void Append(std::int64_t size, std::ptrdiff_t x, std::ptrdiff_t y) {
    axes[rank++] = {static_cast<std::size_t>(size), x, y};
  }
};

/// The block of output `index` of a node.
using BlockOf = Block (*)(const Attributes& attributes, const Binding& binding, std::size_t index);

std::size_t FromFront(std::int64_t axis, std::size_t rank) {
  return static_cast<std::size_t>(axis < 0 ? axis + static_cast<std::int64_t>(rank) : axis);
}

Block SliceBlock(const Attributes& attributes, const Binding& binding, std::size_t /*index*/) {
  const auto& slice = std::get<SliceAttributes>(attributes);
  const Shape& shape = binding.inputs[0];
  const Strides x = StridesOf(shape);
  const Strides y = StridesOf(binding.outputs[0]);
  Block block;
  for (std::size_t axis = 0; axis < shape.rank(); ++axis) block.Append(shape[axis], x[axis], y[axis]);
  for (std::size_t i = 0; i < slice.axes.rank(); ++i) {
    const std::size_t axis = FromFront(slice.axes[i], shape.rank());
    const SliceRange range = RangeOf(slice.starts[i], slice.ends[i], slice.steps[i], shape[axis]);
    block.first += static_cast<std::ptrdiff_t>(range.first) * x[axis];
    block.axes[axis].size = static_cast<std::size_t>(range.count);
    block.axes[axis].x *= range.count > 1 ? static_cast<std::ptrdiff_t>(range.step) : 0;  // a step may be huge
  }
  return block;
}

Block SplitBlock(const Attributes& attributes, const Binding& binding, std::size_t index) {
  const Shape& shape = binding.inputs[0];
  const std::size_t axis = FromFront(std::get<SplitAttributes>(attributes).axis, shape.rank());
  const Strides x = StridesOf(shape);
  const Strides y = StridesOf(binding.outputs[index]);
  Block block;
  for (std::size_t before = 0; before < index; ++before) {
    block.first += static_cast<std::ptrdiff_t>(binding.outputs[before][axis]) * x[axis];
  }
  for (std::size_t i = 0; i < shape.rank(); ++i) block.Append(binding.outputs[index][i], x[i], y[i]);
  return block;
}

Block ExpandBlock(const Attributes& /*attributes*/, const Binding& binding, std::size_t /*index*/) {
  const Shape& from = binding.inputs[0];
  const Shape& to = binding.outputs[0];
  const Strides x = StridesOf(from);
  const Strides y = StridesOf(to);
  const std::size_t lead = to.rank() - from.rank();
  Block block;
  for (std::size_t axis = 0; axis < to.rank(); ++axis) {
    const bool repeats = axis < lead || from[axis - lead] == 1;
    block.Append(to[axis], repeats ? 0 : x[axis - lead], y[axis]);
  }
  return block;
}

Block TileBlock(const Attributes& attributes, const Binding& binding, std::size_t /*index*/) {
  const Shape& shape = binding.inputs[0];
  const Shape& repeats = std::get<TileAttributes>(attributes).repeats;
  const Strides x = StridesOf(shape);
  const Strides y = StridesOf(binding.outputs[0]);
  Block block;
  for (std::size_t axis = 0; axis < shape.rank(); ++axis) {
    block.Append(repeats[axis], 0, static_cast<std::ptrdiff_t>(shape[axis]) * y[axis]);
    block.Append(shape[axis], x[axis], y[axis]);
  }
  return block;
}

/// With the channels as [block row, block column, channel], or as [channel, block row, block column].
Block DepthToSpaceBlock(const Attributes& attributes, const Binding& binding, std::size_t /*index*/) {
  const auto& [size, channels_outermost] = std::get<BlockAttributes>(attributes);
  const Shape& to = binding.outputs[0];
  const Shape& from = binding.inputs[0];
  const Strides x = StridesOf(from);
  const Strides y = StridesOf(to);
  const auto b = static_cast<std::ptrdiff_t>(size);
  const auto channels = static_cast<std::ptrdiff_t>(to[1]);
  const std::ptrdiff_t channel = channels_outermost ? b * b * x[1] : x[1];
  const std::ptrdiff_t column = channels_outermost ? x[1] : channels * x[1];
  Block block;
  block.Append(to[0], x[0], y[0]);
  block.Append(to[1], channel, y[1]);
  block.Append(from[2], x[2], b * y[2]);
  block.Append(size, b * column, y[2]);
  block.Append(from[3], x[3], b * y[3]);
  block.Append(size, column, y[3]);
  return block;
}

Block SpaceToDepthBlock(const Attributes& attributes, const Binding& binding, std::size_t /*index*/) {
  const std::int64_t size = std::get<BlockAttributes>(attributes).size;
  const Shape& from = binding.inputs[0];
  const Shape& to = binding.outputs[0];
  const Strides x = StridesOf(from);
  const Strides y = StridesOf(to);
  const auto b = static_cast<std::ptrdiff_t>(size);
  const std::ptrdiff_t place = static_cast<std::ptrdiff_t>(from[1]) * y[1];
  Block block;
  block.Append(from[0], x[0], y[0]);
  block.Append(size, x[2], b * place);
  block.Append(size, x[3], place);
  block.Append(from[1], x[1], y[1]);
  block.Append(to[2], b * x[2], y[2]);
  block.Append(to[3], b * x[3], y[3]);
  return block;
}

/// An operator each of whose outputs is a block of its input.
class BlocksOp final : public Op {
 public:
  BlocksOp(const CompileContext& context, BlockOf block_of)
      : block_of_(block_of),
        attributes_(context.node.attributes),
        element_bytes_(SizeOf(context.input(0).dtype)),
        parts_(context.node.outputs.size()) {}

  Result<std::uint64_t> Bind(const Binding& binding) override {
    for (std::size_t index = 0; index < parts_.size(); ++index) {
      const Block block = block_of_(attributes_, binding, index);
      const bool is_empty = binding.outputs[index].elements() == 0;
      parts_[index].first_byte = is_empty ? 0 : block.first * static_cast<std::ptrdiff_t>(element_bytes_);
      parts_[index].copy = StridedCopy(element_bytes_, std::span(block.axes).first(block.rank));
    }
    return std::uint64_t{0};
  }

  void Run(const OpIo& io) const override {
    for (std::size_t index = 0; index < parts_.size(); ++index) {
      parts_[index].copy.Run(io.inputs[0] + parts_[index].first_byte, io.outputs[index]);
    }
  }

 private:
  struct Part {
    std::ptrdiff_t first_byte = 0;
    StridedCopy copy;
  };

  BlockOf block_of_;
  Attributes attributes_;
  std::size_t element_bytes_;
  std::vector<Part> parts_;
};

template <BlockOf kBlockOf>
CompiledOp Compile(const CompileContext& context) {
  return std::unique_ptr<Op>(std::make_unique<BlocksOp>(context, kBlockOf));
}

}  // namespace

CompiledOp CompileSlice(const CompileContext& context) { return Compile<SliceBlock>(context); }
CompiledOp CompileSplit(const CompileContext& context) { return Compile<SplitBlock>(context); }
CompiledOp CompileExpand(const CompileContext& context) { return Compile<ExpandBlock>(context); }
CompiledOp CompileTile(const CompileContext& context) { return Compile<TileBlock>(context); }
CompiledOp CompileDepthToSpace(const CompileContext& context) { return Compile<DepthToSpaceBlock>(context); }
CompiledOp CompileSpaceToDepth(const CompileContext& context) { return Compile<SpaceToDepthBlock>(context); }

}  // namespace alice
