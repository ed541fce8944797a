#include <algorithm>
#include <bit>
#include <compare>
#include <cstring>
#include <limits>

#include "backends/cpu/integer_elements.h"
#include "backends/cpu/ops.h"
#include "backends/cpu/scratch_layout.h"

namespace alice {
namespace {

/// A number in the order of floats, with NaN above all of them.
std::int64_t OrderOf(float x) {
  if (x != x) return std::numeric_limits<std::int64_t>::max();
  const auto bits = std::bit_cast<std::int32_t>(x);
  return bits < 0 ? -std::int64_t{bits & std::numeric_limits<std::int32_t>::max()} : bits;
}

/// TopK of x [outer, size, inner]: values and, where they are wanted, indices [outer, k, inner].
class TopKOp final : public Op {
 public:
  explicit TopKOp(const CompileContext& context)
      : attributes_(std::get<TopKAttributes>(context.node.attributes)),
        dtype_(context.input(0).dtype),
        gives_indices_(context.node.outputs.size() > 1) {}

  Result<std::uint64_t> Bind(const Binding& binding) override {
    const Shape& x = binding.inputs[0];
    const auto rank = static_cast<std::int64_t>(x.rank());
    const auto axis = static_cast<std::size_t>(attributes_.axis < 0 ? attributes_.axis + rank : attributes_.axis);
    if (x[axis] < attributes_.k) {
      return MakeError(ErrorCode::shape_mismatch, "TopK takes ", attributes_.k, " elements along the axis ",
                       attributes_.axis, " of ", x.ToString());
    }
    outer_ = static_cast<std::size_t>(x.Product(0, axis));
    size_ = static_cast<std::size_t>(x[axis]);
    inner_ = static_cast<std::size_t>(x.Product(axis + 1, x.rank()));
    return std::uint64_t{size_} * sizeof(Entry);
  }

  void Run(const OpIo& io) const override {
    const auto k = static_cast<std::size_t>(attributes_.k);
    const std::size_t element_bytes = SizeOf(dtype_);
    auto* const indices = gives_indices_ ? reinterpret_cast<std::int64_t*>(io.outputs[1]) : nullptr;
    auto* const entries = reinterpret_cast<Entry*>(io.scratch);
    for (std::size_t outer = 0; outer < outer_; ++outer) {
      for (std::size_t inner = 0; inner < inner_; ++inner) {
        const std::size_t first = outer * size_ * inner_ + inner;
        for (std::size_t i = 0; i < size_; ++i) {
          const std::int64_t order = OrderAt(io.inputs[0], first + i * inner_);
          entries[i] = {attributes_.largest ? ~order : order, static_cast<std::int32_t>(i)};
        }
        std::partial_sort(entries, entries + k, entries + size_);
        for (std::size_t i = 0; i < k; ++i) {
          const std::size_t to = (outer * k + i) * inner_ + inner;
          const std::size_t from = first + static_cast<std::size_t>(entries[i].index) * inner_;
          std::memcpy(io.outputs[0] + to * element_bytes, io.inputs[0] + from * element_bytes, element_bytes);
          if (indices != nullptr) indices[to] = entries[i].index;
        }
      }
    }
  }

 private:
  struct Entry {
    std::int64_t order;
    std::int32_t index;

    friend auto operator<=>(const Entry&, const Entry&) = default;
  };

  std::int64_t OrderAt(const std::byte* x, std::size_t i) const {
    return dtype_ == DType::f32 ? OrderOf(reinterpret_cast<const float*>(x)[i]) : ReadInteger(dtype_, x, i);
  }

  TopKAttributes attributes_;
  DType dtype_;
  bool gives_indices_;
  std::size_t outer_ = 0, size_ = 0, inner_ = 0;
};

}  // namespace

CompiledOp CompileTopK(const CompileContext& context) { return std::unique_ptr<Op>(std::make_unique<TopKOp>(context)); }

}  // namespace alice
