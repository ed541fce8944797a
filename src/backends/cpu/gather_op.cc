#include <algorithm>
#include <cstring>

#include "backends/cpu/ops.h"

namespace alice {
namespace {

/// Gather: for every row of axes before the gathered one, a stretch of x for each index. What lies outside of the axis, which
/// only indices known at run time can, takes the stretch at its nearer end.
template <typename Index>
class GatherOp final : public Op {
 public:
  explicit GatherOp(const CompileContext& context)
      : element_bytes_(SizeOf(context.input(0).dtype)),
        axis_(std::get<GatherAttributes>(context.node.attributes).axis) {}

  Result<std::uint64_t> Bind(const Binding& binding) override {
    const Shape& x = binding.inputs[0];
    const auto axis = static_cast<std::size_t>(axis_ < 0 ? axis_ + static_cast<std::int64_t>(x.rank()) : axis_);
    rows_ = static_cast<std::size_t>(x.Product(0, axis));
    size_ = x[axis];
    stretch_bytes_ = static_cast<std::size_t>(x.Product(axis + 1, x.rank())) * element_bytes_;
    indices_ = static_cast<std::size_t>(binding.inputs[1].elements());
    is_empty_ = binding.outputs[0].elements() == 0;
    if (is_empty_ || size_ > 0) return std::uint64_t{0};
    return MakeError(ErrorCode::shape_mismatch, "an axis of size 0 has nothing to gather");
  }

  void Run(const OpIo& io) const override {
    if (is_empty_) return;
    const auto* const indices = reinterpret_cast<const Index*>(io.inputs[1]);
    switch (stretch_bytes_) {
      case 1:
        return Move<1>(io, indices);
      case 4:
        return Move<4>(io, indices);
      case 8:
        return Move<8>(io, indices);
      default:
        return MoveStretches(io, indices);
    }
  }

 private:
  [[nodiscard]] std::size_t PlaceOf(Index index) const {
    const std::int64_t given = index;
    const std::int64_t place = given < 0 ? given + size_ : given;
    return static_cast<std::size_t>(std::clamp<std::int64_t>(place, 0, size_ - 1));
  }

  template <std::size_t kBytes>
  void Move(const OpIo& io, const Index* indices) const {
    const std::byte* x = io.inputs[0];
    std::byte* y = io.outputs[0];
    for (std::size_t row = 0; row < rows_; ++row, x += static_cast<std::size_t>(size_) * kBytes) {
      for (std::size_t i = 0; i < indices_; ++i, y += kBytes) {
        std::memcpy(y, x + PlaceOf(indices[i]) * kBytes, kBytes);
      }
    }
  }

  void MoveStretches(const OpIo& io, const Index* indices) const {
    const std::byte* x = io.inputs[0];
    std::byte* y = io.outputs[0];
    for (std::size_t row = 0; row < rows_; ++row, x += static_cast<std::size_t>(size_) * stretch_bytes_) {
      for (std::size_t i = 0; i < indices_; ++i, y += stretch_bytes_) {
        std::memcpy(y, x + PlaceOf(indices[i]) * stretch_bytes_, stretch_bytes_);
      }
    }
  }

  std::size_t element_bytes_;
  std::int64_t axis_;
  std::size_t rows_ = 0;
  std::int64_t size_ = 0;
  std::size_t stretch_bytes_ = 0;
  std::size_t indices_ = 0;
  bool is_empty_ = false;
};

}  // namespace

CompiledOp CompileGather(const CompileContext& context) {
  if (context.input(1).dtype == DType::i32)
    return std::unique_ptr<Op>(std::make_unique<GatherOp<std::int32_t>>(context));
  return std::unique_ptr<Op>(std::make_unique<GatherOp<std::int64_t>>(context));
}

}  // namespace alice
