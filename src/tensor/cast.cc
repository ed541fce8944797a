#include "tensor/cast.h"

#include <cmath>
#include <limits>

namespace alice {
namespace {

template <typename To, typename From>
To CastElement(From x) {
  if constexpr (std::is_same_v<To, bool>) {
    return x != From{};
  } else if constexpr (std::is_floating_point_v<From> && std::is_integral_v<To>) {
    constexpr To kLow = std::numeric_limits<To>::min();
    constexpr To kHigh = std::numeric_limits<To>::max();
    if (std::isnan(x)) return 0;
    if (x <= static_cast<From>(kLow)) return kLow;
    if (x >= static_cast<From>(kHigh)) return kHigh;
    return static_cast<To>(x);
  } else {
    return static_cast<To>(x);
  }
}

template <typename From>
void CastFrom(const TensorView& from, const TensorView& to) {
  const std::span<const From> source = from.elements<const From>();
  const auto write = [&]<typename To>(std::span<To> target) {
    for (std::size_t i = 0; i < target.size(); ++i) target[i] = CastElement<To>(source[i]);
  };
  switch (to.dtype) {
#define ALICE_DTYPE(name, type, onnx) \
  case DType::name:                   \
    return write(to.elements<type>());
#include "tensor/dtype.inc"
#undef ALICE_DTYPE
  }
}

}  // namespace

void CastElements(const TensorView& from, const TensorView& to) {
  ALICE_DCHECK(from.shape.elements() == to.shape.elements());
  switch (from.dtype) {
#define ALICE_DTYPE(name, type, onnx) \
  case DType::name:                   \
    return CastFrom<type>(from, to);
#include "tensor/dtype.inc"
#undef ALICE_DTYPE
  }
}

}  // namespace alice
