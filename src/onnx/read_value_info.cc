#include "onnx/read_value_info.h"

#include <algorithm>
#include <optional>
#include <string>

#include "onnx/limits.h"
#include "onnx/message.h"
#include "onnx/onnx_fields.h"
#include "onnx/read_node.h"
#include "onnx/read_tensor.h"

namespace alice {
namespace {

Result<DimFields> ReadDim(std::string_view bytes) {
  DimFields dim;
  for (Message<DimensionField> message(bytes); message.Next();) {
    switch (message.field()) {
      case DimensionField::value:
        dim.size = std::max<std::int64_t>(message.Int(), 0);
        break;
      case DimensionField::param: {
        ALICE_ASSIGN_OR_RETURN(dim.symbol, CheckName(message.Bytes(), "symbolic axis"));
        break;
      }
      default:
        message.Skip();
    }
  }
  return dim;
}

Result<std::vector<DimFields>> ReadShape(std::string_view bytes, std::string_view what) {
  std::vector<DimFields> dims;
  std::vector<std::int64_t> sizes;
  for (Message<TensorShapeField> message(bytes); message.Next();) {
    if (message.field() != TensorShapeField::dim) {
      message.Skip();
      continue;
    }
    if (dims.size() == kMaxRank) {
      return MakeError(ErrorCode::model_limit, what, " has a rank above ", kMaxRank);
    }
    ALICE_ASSIGN_OR_RETURN(const DimFields dim, ReadDim(message.Bytes()));
    dims.push_back(dim);
    sizes.push_back(dim.size);
  }
  ALICE_RETURN_IF_ERROR(CheckElementCount(sizes, what));
  return dims;
}

struct TensorTypeFields {
  std::int64_t onnx_type = 0;
  std::optional<std::string_view> shape;
};

TensorTypeFields ReadTensorType(std::string_view bytes) {
  TensorTypeFields type;
  for (Message<TensorTypeField> message(bytes); message.Next();) {
    switch (message.field()) {
      case TensorTypeField::elem_type:
        type.onnx_type = message.Int();
        break;
      case TensorTypeField::shape:
        type.shape = message.Bytes();
        break;
      default:
        message.Skip();
    }
  }
  return type;
}

/// The TypeProto.Tensor inside a TypeProto; nothing for sequences, maps and the like.
std::optional<std::string_view> TensorTypeOf(std::string_view bytes) {
  std::optional<std::string_view> tensor;
  for (Message<TypeField> message(bytes); message.Next();) {
    if (message.field() == TypeField::tensor_type) {
      tensor = message.Bytes();
    } else {
      message.Skip();
    }
  }
  return tensor;
}

struct NameAndType {
  std::string_view name;
  std::string_view type;
};

NameAndType ReadNameAndType(std::string_view bytes) {
  NameAndType fields;
  for (Message<ValueInfoField> message(bytes); message.Next();) {
    switch (message.field()) {
      case ValueInfoField::name:
        fields.name = message.Bytes();
        break;
      case ValueInfoField::type:
        fields.type = message.Bytes();
        break;
      default:
        message.Skip();
    }
  }
  return fields;
}

}  // namespace

Result<std::string_view> ReadValueName(std::string_view bytes) {
  return CheckName(ReadNameAndType(bytes).name, "value");
}

Result<ValueInfoFields> ReadValueInfo(std::string_view bytes) {
  const NameAndType fields = ReadNameAndType(bytes);
  ValueInfoFields info;
  ALICE_ASSIGN_OR_RETURN(info.name, CheckName(fields.name, "value"));
  const std::string what = "input \"" + std::string(info.name) + "\"";
  const std::optional<std::string_view> tensor = TensorTypeOf(fields.type);
  if (!tensor) return MakeError(ErrorCode::model_unsupported_type, what, " is not a tensor");
  const TensorTypeFields type = ReadTensorType(*tensor);
  ALICE_ASSIGN_OR_RETURN(info.dtype, SupportedType(type.onnx_type, what));
  if (!type.shape) return MakeError(ErrorCode::shape_unresolved, what, " has no shape, not even a rank");
  ALICE_ASSIGN_OR_RETURN(info.dims, ReadShape(*type.shape, what));
  return info;
}

}  // namespace alice
