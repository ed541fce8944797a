#pragma once

#include <cstddef>
#include <cstdint>

#include "base/result.h"
#include "ir/movement_attributes.h"
#include "tensor/tensor.h"

namespace alice {

/// Axes begin ≤ i < end of a shape.
struct AxisInterval {
  std::size_t begin, end;
};

/// Those whose sizes ONNX Shape-15 gives of a shape of that rank: negative ones count from its end, all are clamped to it.
AxisInterval AxesOfShape(const ShapeAttributes& shape, std::size_t rank);

/// ONNX Range-11: max(ceil((limit − start) / delta), 0) elements start + i · delta, reckoned in double for f32. The
/// operands have one element each and are all f32, i32 or i64. Error: model_invalid_graph where delta is 0 or the number
/// is not finite; model_limit where it is beyond kMaxElements.
Result<std::int64_t> RangeCount(const Tensor& start, const Tensor& limit, const Tensor& delta);
/// Fills `out`, of the operands' type and RangeCount elements.
void FillRange(const Tensor& start, const Tensor& delta, const TensorView& out);

}  // namespace alice
