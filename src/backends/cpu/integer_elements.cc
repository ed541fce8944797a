#include "backends/cpu/integer_elements.h"

#include <limits>

namespace alice {
namespace {

template <typename T>
std::int64_t ReadAs(const std::byte* data, std::size_t index) {
  return reinterpret_cast<const T*>(data)[index];
}

template <typename T>
void WriteAs(std::byte* data, std::size_t index, std::int64_t value) {
  reinterpret_cast<T*>(data)[index] = static_cast<T>(value);
}

template <typename T>
IntegerBounds BoundsOf() {
  return {std::numeric_limits<T>::min(), std::numeric_limits<T>::max()};
}

}  // namespace

std::int64_t ReadInteger(DType dtype, const std::byte* data, std::size_t index) {
  switch (dtype) {
    case DType::i64:
      return ReadAs<std::int64_t>(data, index);
    case DType::i32:
      return ReadAs<std::int32_t>(data, index);
    case DType::s8:
      return ReadAs<std::int8_t>(data, index);
    default:
      return ReadAs<std::uint8_t>(data, index);
  }
}

void WriteInteger(DType dtype, std::byte* data, std::size_t index, std::int64_t value) {
  switch (dtype) {
    case DType::i64:
      return WriteAs<std::int64_t>(data, index, value);
    case DType::i32:
      return WriteAs<std::int32_t>(data, index, value);
    case DType::s8:
      return WriteAs<std::int8_t>(data, index, value);
    default:
      return WriteAs<std::uint8_t>(data, index, value);
  }
}

IntegerBounds IntegerBoundsOf(DType dtype) {
  switch (dtype) {
    case DType::i64:
      return BoundsOf<std::int64_t>();
    case DType::i32:
      return BoundsOf<std::int32_t>();
    case DType::s8:
      return BoundsOf<std::int8_t>();
    default:
      return BoundsOf<std::uint8_t>();
  }
}

}  // namespace alice
