#include "ir/made_elements.h"

#include <algorithm>
#include <cmath>
#include <type_traits>

namespace alice {
namespace {

/// Integers that wrap around do so in this type.
template <typename T>
using Wrapping = std::conditional_t<std::is_integral_v<T>, std::make_unsigned<T>, std::type_identity<T>>::type;

/// Calls `visit` with a T() of that element type.
template <typename Visit>
auto VisitRangeType(DType dtype, const Visit& visit) {
  if (dtype == DType::i32) return visit(std::int32_t());
  if (dtype == DType::i64) return visit(std::int64_t());
  return visit(0.0f);
}

template <typename T>
Result<double> Count(T start, T limit, T delta) {
  if (delta == T()) return MakeError(ErrorCode::model_invalid_graph, "a range has the step 0");
  if constexpr (std::is_same_v<T, float>) {
    return std::ceil((static_cast<double>(limit) - static_cast<double>(start)) / static_cast<double>(delta));
  } else {
    using Unsigned = std::make_unsigned_t<T>;
    if ((delta > 0) != (limit > start)) return 0.0;
    const auto from = static_cast<Unsigned>(delta > 0 ? start : limit);
    const auto to = static_cast<Unsigned>(delta > 0 ? limit : start);
    const Unsigned length = to - from;
    const Unsigned step = delta > 0 ? static_cast<Unsigned>(delta) : Unsigned{} - static_cast<Unsigned>(delta);
    const Unsigned whole = length / step;
    return static_cast<double>(whole) + (whole * step != length ? 1.0 : 0.0);
  }
}

}  // namespace

AxisInterval AxesOfShape(const ShapeAttributes& shape, std::size_t rank) {
  const auto most = static_cast<std::int64_t>(rank);
  const auto place = [most](std::int64_t axis) {
    return std::clamp<std::int64_t>(axis < 0 ? axis + most : axis, 0, most);
  };
  const std::int64_t begin = place(shape.start);
  const std::int64_t end = std::max(begin, place(shape.end.value_or(most)));
  return {static_cast<std::size_t>(begin), static_cast<std::size_t>(end)};
}

Result<std::int64_t> RangeCount(const Tensor& start, const Tensor& limit, const Tensor& delta) {
  ALICE_ASSIGN_OR_RETURN(const double count, VisitRangeType(start.dtype(), [&]<typename T>(T) {
                           return Count(start.elements<const T>()[0], limit.elements<const T>()[0],
                                        delta.elements<const T>()[0]);
                         }));
  if (!std::isfinite(count)) return MakeError(ErrorCode::model_invalid_graph, "a range has no finite size");
  if (count <= static_cast<double>(kMaxElements)) return static_cast<std::int64_t>(std::max(count, 0.0));
  return MakeError(ErrorCode::model_limit, "a range of ", count, " elements is beyond ", kMaxElements);
}

void FillRange(const Tensor& start, const Tensor& delta, const TensorView& out) {
  VisitRangeType(start.dtype(), [&]<typename T>(T) {
    const auto first = static_cast<Wrapping<T>>(start.elements<const T>()[0]);
    const auto step = static_cast<Wrapping<T>>(delta.elements<const T>()[0]);
    const std::span<T> elements = out.elements<T>();
    for (std::size_t i = 0; i < elements.size(); ++i) {
      elements[i] = static_cast<T>(first + static_cast<Wrapping<T>>(i) * step);
    }
  });
}

}  // namespace alice
