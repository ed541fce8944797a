#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "backends/cpu/ops.h"
#include "kernels/transpose/transpose.h"
#include "tensor/buffer.h"

namespace alice {

/// An f32 input seen as `count` matrices [rows, columns], each transposed for its products: once where the input is
/// constant, otherwise whenever it is asked for.
class TransposedWeights {
 public:
  struct Matrices {
    std::size_t count, rows, columns;
  };
  TransposedWeights(const CompileContext& context, std::size_t input, const Matrices& matrices);

  void Prepare(const Graph& graph);
  [[nodiscard]] std::uint64_t ScratchBytes() const;
  /// [columns, rows] of that matrix, kBufferSlack bytes readable behind it; in `scratch` where the input is not constant.
  const float* Of(const OpIo& io, std::size_t matrix, std::byte* scratch) const;

 private:
  [[nodiscard]] std::size_t size() const { return matrices_.rows * matrices_.columns; }

  const TransposeF32Kernel& transpose_;
  std::size_t input_;
  ValueId id_;
  Matrices matrices_;
  std::shared_ptr<const Buffer> held_;  ///< null where the input is not constant
};

}  // namespace alice
