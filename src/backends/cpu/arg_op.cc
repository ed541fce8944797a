#include <algorithm>
#include <array>

#include "backends/cpu/ops.h"

namespace alice {
namespace {

/// ArgMax and ArgMin of x [outer, size, inner]. A NaN is never extreme, unless it comes first.
template <typename T>
class ArgOp final : public Op {
 public:
  explicit ArgOp(const CompileContext& context)
      : attributes_(std::get<ArgAttributes>(context.node.attributes)), is_max_(context.node.kind == OpKind::ArgMax) {}

  Result<std::uint64_t> Bind(const Binding& binding) override {
    const Shape& x = binding.inputs[0];
    const auto rank = static_cast<std::int64_t>(x.rank());
    const auto axis = static_cast<std::size_t>(attributes_.axis < 0 ? attributes_.axis + rank : attributes_.axis);
    outer_ = static_cast<std::size_t>(x.Product(0, axis));
    size_ = static_cast<std::size_t>(x[axis]);
    inner_ = static_cast<std::size_t>(x.Product(axis + 1, x.rank()));
    return std::uint64_t{0};
  }

  void Run(const OpIo& io) const override {
    const auto* x = reinterpret_cast<const T*>(io.inputs[0]);
    auto* y = reinterpret_cast<std::int64_t*>(io.outputs[0]);
    if (size_ == 0) return;
    for (std::size_t outer = 0; outer < outer_; ++outer, x += size_ * inner_, y += inner_) {
      for (std::size_t column = 0; column < inner_; column += kColumns) {
        Search(x + column, std::min(kColumns, inner_ - column), y + column);
      }
    }
  }

 private:
  static constexpr std::size_t kColumns = 16;

  void Search(const T* x, std::size_t columns, std::int64_t* y) const {
    if (is_max_) {
      Search(x, columns, y, [](T a, T b) { return a > b; });
    } else {
      Search(x, columns, y, [](T a, T b) { return a < b; });
    }
  }

  template <typename Beats>
  void Search(const T* x, std::size_t columns, std::int64_t* y, const Beats& beats) const {
    std::array<T, kColumns> best{};
    std::copy_n(x, columns, best.begin());
    std::fill_n(y, columns, 0);
    for (std::size_t i = 1; i < size_; ++i) {
      const T* const row = x + i * inner_;
      for (std::size_t c = 0; c < columns; ++c) {
        if (!beats(row[c], best[c]) && !(attributes_.select_last && row[c] == best[c])) continue;
        best[c] = row[c];
        y[c] = static_cast<std::int64_t>(i);
      }
    }
  }

  ArgAttributes attributes_;
  bool is_max_;
  std::size_t outer_ = 0, size_ = 0, inner_ = 0;
};

}  // namespace

CompiledOp CompileArgExtreme(const CompileContext& context) {
  switch (context.input(0).dtype) {
    case DType::u8:
      return std::unique_ptr<Op>(std::make_unique<ArgOp<std::uint8_t>>(context));
    case DType::s8:
      return std::unique_ptr<Op>(std::make_unique<ArgOp<std::int8_t>>(context));
    case DType::i32:
      return std::unique_ptr<Op>(std::make_unique<ArgOp<std::int32_t>>(context));
    case DType::i64:
      return std::unique_ptr<Op>(std::make_unique<ArgOp<std::int64_t>>(context));
    default:
      return std::unique_ptr<Op>(std::make_unique<ArgOp<float>>(context));
  }
}

}  // namespace alice
