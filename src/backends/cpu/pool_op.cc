#include <algorithm>

#include "backends/cpu/ops.h"
#include "backends/cpu/pieces.h"
#include "ir/window.h"
#include "kernels/pool_f32/pool_f32.h"

namespace alice {
namespace {

/// MaxPool, AveragePool, and the global ones over one window that holds all.
class PoolOp final : public Op {
 public:
  explicit PoolOp(const Node& node) : kind_(node.kind) {
    if (const auto* pool = std::get_if<PoolAttributes>(&node.attributes)) attributes_ = *pool;
  }

  Result<std::uint64_t> Bind(const Binding& binding) override {
    const Shape& x = binding.inputs[0];
    args_.samples = static_cast<std::size_t>(x[0]);
    args_.channels = static_cast<std::size_t>(x[x.rank() - 1]);
    if (kind_ == OpKind::GlobalAveragePool || kind_ == OpKind::GlobalMaxPool) {
      const std::int64_t pixels = x.Product(1, x.rank() - 1);
      args_.window = {};
      args_.window.columns.size = args_.window.columns.kernel = pixels;
    } else {
      ALICE_ASSIGN_OR_RETURN(args_.window, Window2dOf(attributes_.window, x, /*channels_last=*/true));
    }
    const auto& [rows, columns] = args_.window;
    const std::size_t row = Index(columns.outputs * args_.window.elements()) * args_.channels;
    rows_ = {Index(rows.outputs),
             {.most = Index(rows.outputs), .least = kLeastElements / std::max<std::size_t>(row, 1) + 1},
             binding.threads};
    return std::uint64_t{0};
  }

  void Run(const OpIo& io) const override {
    const auto* x = reinterpret_cast<const float*>(io.inputs[0]);
    auto* y = reinterpret_cast<float*>(io.outputs[0]);
    if (rows_.number() <= 1) return Pool(args_.window, args_.samples, x, y);
    const auto& [rows, columns] = args_.window;
    const std::size_t row = Index(columns.outputs) * args_.channels;
    for (std::size_t sample = 0; sample < args_.samples; ++sample) {
      rows_.ForEach(io.threads, [&](std::size_t first, std::size_t count, std::size_t /*thread*/) {
        Pool({rows.Part(AxisSize(first), AxisSize(count)), columns}, 1, x, y + first * row);
      });
      x += Index(rows.size * columns.size) * args_.channels;
      y += Index(rows.outputs) * row;
    }
  }

 private:
  void Pool(const Window2d& window, std::size_t samples, const float* x, float* y) const {
    const PoolF32Args args{window, samples, args_.channels, x, y};
    if (kind_ == OpKind::MaxPool || kind_ == OpKind::GlobalMaxPool) {
      MaxPoolF32(args);
    } else {
      AveragePoolF32(args, attributes_.count_include_pad);
    }
  }

  OpKind kind_;
  PoolAttributes attributes_;
  PoolF32Args args_{};
  Pieces rows_;  ///< of the outputs of one sample
};

}  // namespace

CompiledOp CompilePool(const CompileContext& context) {
  const auto* const pool = std::get_if<PoolAttributes>(&context.node.attributes);
  const bool channels_last =
      pool != nullptr ? pool->channels_last : std::get<GlobalPoolAttributes>(context.node.attributes).channels_last;
  if (!channels_last) return CompilePlanePool(context);
  return std::unique_ptr<Op>(std::make_unique<PoolOp>(context.node));
}

}  // namespace alice
