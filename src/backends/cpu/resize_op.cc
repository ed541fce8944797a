#include <array>
#include <cstring>
#include <utility>

#include "backends/cpu/indexed_axes.h"
#include "backends/cpu/ops.h"
#include "backends/cpu/resize_coordinates.h"
#include "kernels/resample_f32/resample_f32.h"

namespace alice {
namespace {

class NearestResizeOp final : public Op {
 public:
  explicit NearestResizeOp(const CompileContext& context)
      : resize_(std::get<ResizeAttributes>(context.node.attributes)), element_bytes_(SizeOf(context.input(0).dtype)) {}

  Result<std::uint64_t> Bind(const Binding& binding) override {
    ALICE_ASSIGN_OR_RETURN(axes_, ResizedAxes(resize_, binding.inputs[0]));
    std::array<bool, kMaxRank> moves{};
    for (std::size_t axis = 0; axis < kMaxRank; ++axis) moves[axis] = axes_[axis].moves;
    ScratchLayout scratch;
    copy_.Bind(binding.inputs[0], binding.outputs[0], element_bytes_, moves, scratch);
    return scratch.bytes();
  }

  void Run(const OpIo& io) const override {
    copy_.Run([this](std::size_t axis, std::int64_t place) { return NearestPlace(resize_, axes_[axis], place); },
              io.inputs[0], io.outputs[0], io.scratch);
  }

 private:
  ResizeAttributes resize_;
  std::size_t element_bytes_;
  std::array<ResizedAxis, kMaxRank> axes_{};
  IndexedAxes copy_;
};

/// Linear and cubic: one axis after the other, the last one first, in slices of what lies before the first one.
class InterpolatingResizeOp final : public Op {
 public:
  explicit InterpolatingResizeOp(const CompileContext& context)
      : resize_(std::get<ResizeAttributes>(context.node.attributes)),
        taps_(resize_.mode == ResizeMode::linear ? 2 : 4) {}

  Result<std::uint64_t> Bind(const Binding& binding) override {
    const Shape& x = binding.inputs[0];
    const Shape& y = binding.outputs[0];
    ALICE_ASSIGN_OR_RETURN(axes_, ResizedAxes(resize_, x));
    elements_ = static_cast<std::size_t>(y.elements());
    std::size_t begin = 0;
    while (begin < x.rank() && !axes_[begin].moves) ++begin;
    slices_ = static_cast<std::size_t>(x.Product(0, begin));
    x_slice_ = static_cast<std::size_t>(x.Product(begin, x.rank()));
    y_slice_ = static_cast<std::size_t>(y.Product(begin, x.rank()));
    ScratchLayout scratch;
    passes_ = 0;
    std::size_t between[2] = {0, 0};
    for (std::size_t axis = x.rank(); axis-- > begin;) {
      if (!axes_[axis].moves) continue;
      Pass& pass = pass_[passes_++];
      pass.axis = axis;
      pass.outer = static_cast<std::size_t>(x.Product(begin, axis));
      pass.inner = static_cast<std::size_t>(y.Product(axis + 1, y.rank()));
      const std::size_t count = static_cast<std::size_t>(axes_[axis].to) * taps_;
      pass.indices = scratch.Place(count * sizeof(std::int32_t));
      pass.weights = scratch.Place(count * sizeof(float));
      std::size_t& most = between[passes_ % 2];
      if (axis > begin) most = std::max(most, pass.outer * static_cast<std::size_t>(axes_[axis].to) * pass.inner);
    }
    for (std::size_t i = 0; i < 2; ++i) between_[i] = scratch.Place(between[i] * sizeof(float));
    return scratch.bytes();
  }

  void Run(const OpIo& io) const override {
    if (elements_ == 0) return;
    if (passes_ == 0) {
      std::memcpy(io.outputs[0], io.inputs[0], elements_ * sizeof(float));
      return;
    }
    for (std::size_t i = 0; i < passes_; ++i) FillTaps(pass_[i], io.scratch);
    const auto* x = reinterpret_cast<const float*>(io.inputs[0]);
    auto* y = reinterpret_cast<float*>(io.outputs[0]);
    for (std::size_t slice = 0; slice < slices_; ++slice, x += x_slice_, y += y_slice_) RunSlice(x, y, io.scratch);
  }

 private:
  struct Pass {
    std::size_t axis, outer, inner;
    std::size_t indices, weights;  ///< offsets in scratch
  };

  void FillTaps(const Pass& pass, std::byte* scratch) const {
    const ResizedAxis& axis = axes_[pass.axis];
    auto* indices = reinterpret_cast<std::int32_t*>(scratch + pass.indices);
    auto* weights = reinterpret_cast<float*>(scratch + pass.weights);
    for (std::int64_t place = 0; place < axis.to; ++place, indices += taps_, weights += taps_) {
      TapsOf(resize_, axis, place, indices, weights);
    }
  }

  void RunSlice(const float* x, float* y, std::byte* scratch) const {
    for (std::size_t i = 0; i < passes_; ++i) {
      const Pass& pass = pass_[i];
      const ResizedAxis& axis = axes_[pass.axis];
      float* const to = i + 1 == passes_ ? y : reinterpret_cast<float*>(scratch + between_[(i + 1) % 2]);
      const Taps taps{taps_, reinterpret_cast<const std::int32_t*>(scratch + pass.indices),
                      reinterpret_cast<const float*>(scratch + pass.weights), resize_.extrapolation};
      ResampleF32(pass.outer, static_cast<std::size_t>(axis.from), static_cast<std::size_t>(axis.to), pass.inner, taps,
                  x, to);
      x = to;
    }
  }

  ResizeAttributes resize_;
  std::size_t taps_;
  std::array<ResizedAxis, kMaxRank> axes_{};
  std::array<Pass, kMaxRank> pass_{};
  std::size_t passes_ = 0;
  std::size_t slices_ = 0, x_slice_ = 0, y_slice_ = 0, elements_ = 0;
  std::array<std::size_t, 2> between_{};  ///< offsets in scratch
};

}  // namespace

CompiledOp CompileResize(const CompileContext& context) {
  if (std::get<ResizeAttributes>(context.node.attributes).mode == ResizeMode::nearest) {
    return std::unique_ptr<Op>(std::make_unique<NearestResizeOp>(context));
  }
  return std::unique_ptr<Op>(std::make_unique<InterpolatingResizeOp>(context));
}

}  // namespace alice
