#include "tensor/cast.h"

#include <concepts>
#include <cstdint>
#include <limits>
#include <type_traits>

#include "base/check.h"

namespace alice {
namespace {

/// Calls use(std::type_identity<T>{}) with the element type of `dtype`. A boolean is read as its byte.
template <typename Use>
void WithElementType(DType dtype, const Use& use) {
  switch (dtype) {
#define ALICE_DTYPE(name, type, onnx) \
  case DType::name:                   \
    return use(std::type_identity<type>{});
#include "tensor/dtype.inc"
#undef ALICE_DTYPE
    default:
      ALICE_CHECK(false);
  }
}

template <std::integral To>
To Saturate(float x) {
  // 2^bits is a float, max() of a wide type is not: compare with max() + 1.
  constexpr To kHalf = std::numeric_limits<To>::max() / 2 + 1;
  constexpr float kEnd = 2.0f * static_cast<float>(kHalf);
  if (x >= kEnd) return std::numeric_limits<To>::max();
  if (x >= static_cast<float>(std::numeric_limits<To>::min())) return static_cast<To>(x);
  return x < 0.0f ? std::numeric_limits<To>::min() : To{0};
}

template <typename To, typename From>
To CastOne(From x) {
  if constexpr (std::same_as<To, bool>) {
    return x != From{0};
  } else if constexpr (std::same_as<From, float> && std::integral<To>) {
    return Saturate<To>(x);
  } else {
    return static_cast<To>(x);
  }
}

}  // namespace

void CastElements(DType from, const void* x, std::size_t n, DType to, void* y) {
  WithElementType(from, [&]<typename From>(std::type_identity<From>) {
    WithElementType(to, [&]<typename To>(std::type_identity<To>) {
      const auto* source = static_cast<const From*>(x);
      auto* target = static_cast<To*>(y);
      for (std::size_t i = 0; i < n; ++i) target[i] = CastOne<To>(source[i]);
    });
  });
}

}  // namespace alice
