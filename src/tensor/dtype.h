#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace alice {

/// The element type of a tensor.
enum class DType : std::uint8_t {
#define ALICE_DTYPE(name, type, onnx) name,
#include "tensor/dtype.inc"
#undef ALICE_DTYPE
};

/// DTypeOf<float> is DType::f32, and so on.
template <typename T>
inline constexpr DType DTypeOf = DType::f32;
#define ALICE_DTYPE(name, type, onnx) \
  template <>                         \
  inline constexpr DType DTypeOf<type> = DType::name;
#include "tensor/dtype.inc"
#undef ALICE_DTYPE

constexpr std::size_t SizeOf(DType dtype) {
  switch (dtype) {
#define ALICE_DTYPE(name, type, onnx) \
  case DType::name:                   \
    return sizeof(type);
#include "tensor/dtype.inc"
#undef ALICE_DTYPE
  }
  return 0;
}

constexpr std::string_view DTypeName(DType dtype) {
  switch (dtype) {
#define ALICE_DTYPE(name, type, onnx) \
  case DType::name:                   \
    return #name;
#include "tensor/dtype.inc"
#undef ALICE_DTYPE
  }
  return "?";
}

/// The ONNX TensorProto.DataType number of `dtype`, and back; nothing for a type Alice does not have.
constexpr std::int32_t OnnxDataType(DType dtype) {
  switch (dtype) {
#define ALICE_DTYPE(name, type, onnx) \
  case DType::name:                   \
    return onnx;
#include "tensor/dtype.inc"
#undef ALICE_DTYPE
  }
  return 0;
}
constexpr std::optional<DType> DTypeFromOnnx(std::int64_t onnx_type) {
  switch (onnx_type) {
#define ALICE_DTYPE(name, type, onnx) \
  case onnx:                          \
    return DType::name;
#include "tensor/dtype.inc"
#undef ALICE_DTYPE
    default:
      return std::nullopt;
  }
}

}  // namespace alice
