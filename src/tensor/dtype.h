#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace alice {

/// One code, in the bits that numeric/fp8.h and numeric/int4.h give it; S4 is sign-extended.
enum class F8E4M3 : std::uint8_t {};
enum class F8E5M2 : std::uint8_t {};
enum class U4 : std::uint8_t {};
enum class S4 : std::int8_t {};

/// The element type of a tensor: numbers (dtype.inc) and codes (code_dtype.inc).
enum class DType : std::uint8_t {
#define ALICE_DTYPE(name, type, onnx) name,
#include "tensor/dtype.inc"
#undef ALICE_DTYPE
#define ALICE_CODE_DTYPE(name, type, bits, onnx) name,
#include "tensor/code_dtype.inc"
#undef ALICE_CODE_DTYPE
};

/// DTypeOf<float> is DType::f32, and so on.
template <typename T>
inline constexpr DType DTypeOf = DType::f32;
#define ALICE_DTYPE(name, type, onnx) \
  template <>                         \
  inline constexpr DType DTypeOf<type> = DType::name;
#include "tensor/dtype.inc"
#undef ALICE_DTYPE
#define ALICE_CODE_DTYPE(name, type, bits, onnx) \
  template <>                                    \
  inline constexpr DType DTypeOf<type> = DType::name;
#include "tensor/code_dtype.inc"
#undef ALICE_CODE_DTYPE

/// The bits that ONNX stores a code in; 0 for numbers.
constexpr int CodeBits(DType dtype) {
  switch (dtype) {
#define ALICE_CODE_DTYPE(name, type, bits, onnx) \
  case DType::name:                              \
    return bits;
#include "tensor/code_dtype.inc"
#undef ALICE_CODE_DTYPE
    default:
      return 0;
  }
}

/// Whether elements of `dtype` are codes, which only DequantizeLinear takes.
constexpr bool IsCode(DType dtype) { return CodeBits(dtype) != 0; }

constexpr std::size_t SizeOf(DType dtype) {
  switch (dtype) {
#define ALICE_DTYPE(name, type, onnx) \
  case DType::name:                   \
    return sizeof(type);
#include "tensor/dtype.inc"
#undef ALICE_DTYPE
#define ALICE_CODE_DTYPE(name, type, bits, onnx) \
  case DType::name:                              \
    return sizeof(type);
#include "tensor/code_dtype.inc"
#undef ALICE_CODE_DTYPE
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
#define ALICE_CODE_DTYPE(name, type, bits, onnx) \
  case DType::name:                              \
    return #name;
#include "tensor/code_dtype.inc"
#undef ALICE_CODE_DTYPE
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
#define ALICE_CODE_DTYPE(name, type, bits, onnx) \
  case DType::name:                              \
    return onnx;
#include "tensor/code_dtype.inc"
#undef ALICE_CODE_DTYPE
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
#define ALICE_CODE_DTYPE(name, type, bits, onnx) \
  case onnx:                                     \
    return DType::name;
#include "tensor/code_dtype.inc"
#undef ALICE_CODE_DTYPE
    default:
      return std::nullopt;
  }
}

}  // namespace alice
