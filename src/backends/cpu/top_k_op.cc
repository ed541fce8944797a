#include <algorithm>

#include "backends/cpu/ops.h"
#include "backends/cpu/scratch_layout.h"

namespace alice {
namespace {

/// Numbers in their order, with NaN above all of them.
template <typename T>
bool IsAbove(T a, T b) {
  return a > b || (a != a && b == b);
}

/// TopK of x [outer, size, inner]: values and, where they are wanted, indices [outer, k, inner].
template <typename T>
class TopKOp final : public Op {
 public:
  explicit TopKOp(const CompileContext& context)
      : attributes_(std::get<TopKAttributes>(context.node.attributes)),
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
    const auto* x = reinterpret_cast<const T*>(io.inputs[0]);
    auto* const values = reinterpret_cast<T*>(io.outputs[0]);
    auto* const indices = gives_indices_ ? reinterpret_cast<std::int64_t*>(io.outputs[1]) : nullptr;
    auto* const entries = reinterpret_cast<Entry*>(io.scratch);
    for (std::size_t outer = 0; outer < outer_; ++outer, x += size_ * inner_) {
      for (std::size_t inner = 0; inner < inner_; ++inner) {
        for (std::size_t i = 0; i < size_; ++i) entries[i] = {x[i * inner_ + inner], static_cast<std::int32_t>(i)};
        Order(entries, k);
        for (std::size_t i = 0; i < k; ++i) {
          const std::size_t to = (outer * k + i) * inner_ + inner;
          values[to] = entries[i].value;
          if (indices != nullptr) indices[to] = entries[i].index;
        }
      }
    }
  }

 private:
  struct Entry {
    T value;
    std::int32_t index;
  };

  void Order(Entry* entries, std::size_t k) const {
    const auto order = [entries, k, this](const auto& is_before) {
      std::partial_sort(entries, entries + k, entries + size_, [&](const Entry& a, const Entry& b) {
        if (is_before(a.value, b.value)) return true;
        return !is_before(b.value, a.value) && a.index < b.index;
      });
    };
    if (attributes_.largest) {
      order([](T a, T b) { return IsAbove(a, b); });
    } else {
      order([](T a, T b) { return IsAbove(b, a); });
    }
  }

  TopKAttributes attributes_;
  bool gives_indices_;
  std::size_t outer_ = 0, size_ = 0, inner_ = 0;
};

}  // namespace

CompiledOp CompileTopK(const CompileContext& context) {
  switch (context.input(0).dtype) {
    case DType::u8:
      return std::unique_ptr<Op>(std::make_unique<TopKOp<std::uint8_t>>(context));
    case DType::s8:
      return std::unique_ptr<Op>(std::make_unique<TopKOp<std::int8_t>>(context));
    case DType::i32:
      return std::unique_ptr<Op>(std::make_unique<TopKOp<std::int32_t>>(context));
    case DType::i64:
      return std::unique_ptr<Op>(std::make_unique<TopKOp<std::int64_t>>(context));
    default:
      return std::unique_ptr<Op>(std::make_unique<TopKOp<float>>(context));
  }
}

}  // namespace alice
