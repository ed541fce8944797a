#include "onnx/read_tensor.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <iterator>
#include <limits>
#include <vector>

#include "numeric/int4.h"
#include "onnx/limits.h"
#include "onnx/message.h"

namespace alice {
namespace {

static_assert(std::endian::native == std::endian::little, "raw_data is little endian and is copied as it is");

constexpr std::string_view kOnnxTypeNames[] = {
    "UNDEFINED", "FLOAT",        "UINT8",          "INT8",       "UINT16",         "INT16",  "INT32",     "INT64",
    "STRING",    "BOOL",         "FLOAT16",        "DOUBLE",     "UINT32",         "UINT64", "COMPLEX64", "COMPLEX128",
    "BFLOAT16",  "FLOAT8E4M3FN", "FLOAT8E4M3FNUZ", "FLOAT8E5M2", "FLOAT8E5M2FNUZ", "UINT4",  "INT4",      "FLOAT4E2M1"};

constexpr std::int64_t kExternalLocation = 1;

/// A TensorProto before its elements are read. Elements may be spread over several occurrences of a field.
struct TensorHeader {
  std::string what;  ///< `tensor "w"`
  std::string_view name;
  std::int64_t onnx_type = 0;
  Shape shape;
  std::string_view raw_data;
  std::size_t float_count = 0;
  std::size_t int32_count = 0;
  std::size_t int64_count = 0;
  bool external = false;
  bool segmented = false;
  std::size_t rank = 0;
};

TensorHeader ReadHeader(std::string_view bytes, std::string_view owner) {
  TensorHeader header;
  for (Message<TensorField> message(bytes); message.Next();) {
    switch (message.field()) {
      case TensorField::dims:
        message.EachInt([&](std::int64_t dim) {
          if (header.rank++ < kMaxRank) header.shape.Append(dim);
        });
        break;
      case TensorField::data_type:
        header.onnx_type = message.Int();
        break;
      case TensorField::segment:
        header.segmented = true;
        message.Skip();
        break;
      case TensorField::float_data:
        message.EachFloat([&](float) { ++header.float_count; });
        break;
      case TensorField::int32_data:
        message.EachInt([&](std::int64_t) { ++header.int32_count; });
        break;
      case TensorField::int64_data:
        message.EachInt([&](std::int64_t) { ++header.int64_count; });
        break;
      case TensorField::name:
        header.name = message.Bytes();
        break;
      case TensorField::raw_data:
        header.raw_data = message.Bytes();
        break;
      case TensorField::external_data:
        header.external = true;
        message.Skip();
        break;
      case TensorField::data_location:
        header.external |= message.Int() == kExternalLocation;
        break;
      default:
        message.Skip();
    }
  }
  const std::string_view title = header.name.empty() ? owner : header.name;
  header.what = "tensor \"" + std::string(title.substr(0, kMaxNameBytes)) + "\"";
  return header;
}

Status CheckHeader(const TensorHeader& header) {
  if (header.external) {
    return MakeError(ErrorCode::model_external_data, header.what, " keeps its data in another file")
        .WithHint("save the model as one file, without external data");
  }
  if (header.segmented) {
    return MakeError(ErrorCode::model_unsupported_type, header.what, " is stored in segments");
  }
  if (header.name.size() > kMaxNameBytes) {
    return MakeError(ErrorCode::model_limit, "a tensor's name has ", header.name.size(), " bytes; the most is ",
                     kMaxNameBytes);
  }
  if (header.rank > kMaxRank) {
    return MakeError(ErrorCode::model_limit, header.what, " has rank ", header.rank, "; the most is ", kMaxRank);
  }
  for (const std::int64_t dim : header.shape.dims()) {
    if (dim < 0) return MakeError(ErrorCode::model_malformed, header.what, " has an axis of size ", dim);
  }
  return CheckElementCount(header.shape.dims(), header.what);
}

OwnedError WrongCount(const TensorHeader& header, std::size_t count, std::string_view unit, std::size_t expected) {
  return MakeError(ErrorCode::model_malformed, header.what, " has ", count, " ", unit, " of data; its shape ",
                   header.shape.ToString(), " asks for ", expected);
}

template <typename T>
void CopyRaw(std::string_view raw, const Tensor& tensor) {
  if (raw.empty()) return;
  if constexpr (std::is_same_v<T, bool>) {
    // A bool in memory is 0 or 1; a byte of the file may be anything.
    std::transform(raw.begin(), raw.end(), tensor.elements<bool>().begin(), [](char byte) { return byte != 0; });
  } else {
    std::memcpy(tensor.view().data, raw.data(), raw.size());
  }
}

template <typename T>
bool CopyInt(std::int64_t from, T& to) {
  if (from < std::int64_t{std::numeric_limits<T>::min()} || from > std::int64_t{std::numeric_limits<T>::max()})
    return false;
  to = static_cast<T>(from);
  return true;
}

/// Copies the elements of the field that ONNX gives to T: float_data, int64_data, or int32_data for all smaller integers.
template <typename T>
Status CopyTyped(std::string_view bytes, const TensorHeader& header, const Tensor& tensor) {
  const std::span<T> elements = tensor.elements<T>();
  std::size_t index = 0;
  bool fits = true;
  for (Message<TensorField> message(bytes); message.Next();) {
    if constexpr (std::is_same_v<T, float>) {
      if (message.field() == TensorField::float_data) {
        message.EachFloat([&](float element) { elements[index++] = element; });
        continue;
      }
    } else {
      constexpr TensorField kField = sizeof(T) == 8 ? TensorField::int64_data : TensorField::int32_data;
      if (message.field() == kField) {
        message.EachInt([&](std::int64_t element) { fits &= CopyInt(element, elements[index++]); });
        continue;
      }
    }
    message.Skip();
  }
  if (!fits) {
    return MakeError(ErrorCode::model_malformed, header.what, " has an element outside the range of ",
                     DTypeName(DTypeOf<T>));
  }
  return {};
}

template <typename T>
Result<NamedTensor> ReadElements(std::string_view bytes, const TensorHeader& header, MemoryBudget& budget) {
  const auto count = static_cast<std::size_t>(header.shape.elements());
  const std::size_t typed_count = std::is_same_v<T, float> ? header.float_count
                                  : sizeof(T) == 8         ? header.int64_count
                                                           : header.int32_count;
  const std::size_t all_typed = header.float_count + header.int32_count + header.int64_count;
  if (all_typed != typed_count || (typed_count != 0 && !header.raw_data.empty())) {
    return MakeError(ErrorCode::model_malformed, header.what, " has data in a field that is not that of its type, ",
                     OnnxTypeName(header.onnx_type));
  }
  const bool typed = typed_count != 0;
  if (typed && typed_count != count) return WrongCount(header, typed_count, "elements", count);
  if (!typed && header.raw_data.size() != count * sizeof(T)) {
    return WrongCount(header, header.raw_data.size(), "bytes", count * sizeof(T));
  }
  Result<Tensor> tensor = MakeConstant(DTypeOf<T>, header.shape, budget);
  if (!tensor.ok()) return std::move(tensor).error();
  if (typed) {
    ALICE_RETURN_IF_ERROR(CopyTyped<T>(bytes, header, *tensor));
  } else {
    CopyRaw<T>(header.raw_data, *tensor);
  }
  return NamedTensor{header.name, *std::move(tensor)};
}

/// Codes come as bytes, those of 4 bits two in each, in raw_data or as the elements of int32_data.
template <typename T>
Result<NamedTensor> ReadCodes(std::string_view bytes, const TensorHeader& header, MemoryBudget& budget) {
  constexpr DType kType = DTypeOf<T>;
  const auto count = static_cast<std::size_t>(header.shape.elements());
  const auto byte_count = static_cast<std::int64_t>(CodeBits(kType) == 4 ? Int4Bytes(count) : count);
  TensorHeader stored = header;
  stored.shape = Shape{byte_count};
  ALICE_ASSIGN_OR_RETURN(const NamedTensor packed, ReadElements<std::uint8_t>(bytes, stored, budget));
  ALICE_ASSIGN_OR_RETURN(Tensor tensor, MakeConstant(kType, header.shape, budget));
  const std::uint8_t* const from = packed.tensor.elements<const std::uint8_t>().data();
  const std::span<T> to = tensor.elements<T>();
  for (std::size_t i = 0; i < count; ++i) {
    if constexpr (CodeBits(kType) == 8) {
      to[i] = T{from[i]};
    } else {
      const std::int8_t code = LoadInt4(from, i);
      to[i] = static_cast<T>(std::is_same_v<T, S4> ? code : code & 0x0F);
    }
  }
  return NamedTensor{header.name, std::move(tensor)};
}

}  // namespace

std::string OnnxTypeName(std::int64_t onnx_type) {
  if (onnx_type >= 0 && onnx_type < std::ssize(kOnnxTypeNames)) {
    return std::string(kOnnxTypeNames[static_cast<std::size_t>(onnx_type)]);
  }
  return "type " + std::to_string(onnx_type);
}

Result<DType> SupportedType(std::int64_t onnx_type, std::string_view what) {
  if (const std::optional<DType> dtype = DTypeFromOnnx(onnx_type); dtype && !IsCode(*dtype)) return *dtype;
  return MakeError(ErrorCode::model_unsupported_type, what, " has the element type ", OnnxTypeName(onnx_type),
                   ", which is not supported");
}

Status CheckElementCount(std::span<const std::int64_t> dims, std::string_view what) {
  std::int64_t product = 1;
  for (const std::int64_t dim : dims) {
    if (dim > kMaxTensorElements / product) {
      return MakeError(ErrorCode::model_limit, what, " has ", Shape(dims).ToString(), " elements; the most is ",
                       kMaxTensorElements);
    }
    product *= std::max<std::int64_t>(dim, 1);
  }
  return {};
}

Result<Tensor> MakeConstant(DType dtype, const Shape& shape, MemoryBudget& budget) {
  const MemoryKind kind = SizeOf(dtype) == 1 ? MemoryKind::weights_int8 : MemoryKind::weights_f32;
  return Tensor::Zeros(budget, kind, dtype, shape);
}

Result<std::string_view> ReadTensorName(std::string_view bytes) {
  const TensorHeader header = ReadHeader(bytes, "");
  ALICE_RETURN_IF_ERROR(CheckHeader(header));
  return header.name;
}

Result<NamedTensor> ReadTensor(std::string_view bytes, std::string_view owner, MemoryBudget& budget) {
  const TensorHeader header = ReadHeader(bytes, owner);
  ALICE_RETURN_IF_ERROR(CheckHeader(header));
  switch (header.onnx_type) {
#define ALICE_DTYPE(name, type, onnx) \
  case onnx:                          \
    return ReadElements<type>(bytes, header, budget);
#include "tensor/dtype.inc"
#undef ALICE_DTYPE
#define ALICE_CODE_DTYPE(name, type, bits, onnx) \
  case onnx:                                     \
    return ReadCodes<type>(bytes, header, budget);
#include "tensor/code_dtype.inc"
#undef ALICE_CODE_DTYPE
    default:
      return SupportedType(header.onnx_type, header.what).error();
  }
}

Result<Tensor> ReadAttributeList(std::string_view attribute, AttributeField field, MemoryBudget& budget) {
  const bool floats = field == AttributeField::floats;
  std::int64_t count = 0;
  for (Message<AttributeField> message(attribute); message.Next();) {
    if (message.field() != field) {
      message.Skip();
    } else if (floats) {
      message.EachFloat([&](float) { ++count; });
    } else {
      message.EachInt([&](std::int64_t) { ++count; });
    }
  }
  ALICE_RETURN_IF_ERROR(CheckElementCount({&count, 1}, "the value of a Constant"));
  ALICE_ASSIGN_OR_RETURN(Tensor tensor, MakeConstant(floats ? DType::f32 : DType::i64, Shape{count}, budget));
  std::size_t index = 0;
  for (Message<AttributeField> message(attribute); message.Next();) {
    if (message.field() != field) {
      message.Skip();
    } else if (floats) {
      message.EachFloat([&](float element) { tensor.elements<float>()[index++] = element; });
    } else {
      message.EachInt([&](std::int64_t element) { tensor.elements<std::int64_t>()[index++] = element; });
    }
  }
  return tensor;
}

}  // namespace alice
