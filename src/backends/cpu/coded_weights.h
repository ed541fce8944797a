#pragma once

#include <cstddef>
#include <memory>

#include "backends/cpu/ops.h"

namespace alice {

/// The weights [K, N] of a node's quantized form, held as codes. Nodes with the same codes and scales share them.
class CodedWeights {
 public:
  CodedWeights(const CodedWeights&) = delete;
  CodedWeights& operator=(const CodedWeights&) = delete;
  virtual ~CodedWeights() = default;

  [[nodiscard]] std::size_t k() const { return k_; }
  [[nodiscard]] std::size_t n() const { return n_; }
  /// Fills the memory that Holdings::Take has taken, at the first call. Requires the graph that they were compiled from, its
  /// codes not yet released.
  void Prepare(const Graph& graph);

  /// The columns [first, first + count) as floats: y [K, count], row stride ldy, scale · (code − zero point).
  virtual void Decode(std::size_t first, std::size_t count, float* y, std::size_t ldy) const = 0;
  /// Of codes, scales, zero points and column sums.
  [[nodiscard]] virtual std::size_t bytes() const = 0;

 protected:
  explicit CodedWeights(const CompileContext& context);

  virtual void Fill(const Graph& graph) = 0;
  [[nodiscard]] const QuantizedForm& form() const { return form_; }
  [[nodiscard]] const ScaleGrid& grid() const { return grid_; }

 private:
  QuantizedForm form_;
  std::size_t k_;
  std::size_t n_;
  ScaleGrid grid_;
  bool is_ready_ = false;
};

/// Whether those of context.node are to be held for a depthwise convolution, and how wide its kernel is then.
bool HasDepthwiseWeights(const CompileContext& context);
std::size_t KernelColumns(const CompileContext& context);
/// Of a convolution of several groups, unless it is depthwise: how many; else 1.
std::size_t FilterGroups(const CompileContext& context);

/// What weights of context.node have in common with those that are the same.
Holdings::Key KeyOfWeights(const CompileContext& context);

/// The weights of context.node: those that another node has compiled, or new ones. Errors: those of Weights::Create.
template <typename Weights>
Result<std::shared_ptr<Weights>> SharedWeights(const CompileContext& context) {
  std::weak_ptr<void>& known = context.holdings.Shared(KeyOfWeights(context));
  if (auto weights = std::static_pointer_cast<Weights>(known.lock())) return weights;
  ALICE_ASSIGN_OR_RETURN(std::shared_ptr<Weights> weights, Weights::Create(context));
  known = weights;
  return weights;
}

/// The same for a quantized form of any type of weights. Errors: those of PackedWeights::Create.
Result<std::shared_ptr<CodedWeights>> AnySharedWeights(const CompileContext& context);

}  // namespace alice
