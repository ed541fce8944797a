#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "onnx/onnx_fields.h"
#include "tensor/memory_budget.h"
#include "tensor/tensor.h"

namespace alice {

/// A TensorProto with its name, which is a view into the bytes that were read.
struct NamedTensor {
  std::string_view name;
  Tensor tensor;
};

/// Reads a TensorProto of numbers or codes (tensor/dtype.h). Memory is taken only after the data has been found to have exactly the bytes or elements that
/// its shape asks for. `owner` names the tensor in messages where it has no name of its own.
/// Errors: model_external_data; model_unsupported_type (element type, or a tensor in segments); model_limit (rank, axis
/// or number of elements); model_malformed (the data does not fit the shape or the type); those of Buffer::Allocate.
Result<NamedTensor> ReadTensor(std::string_view bytes, std::string_view owner, MemoryBudget& budget);

/// Its name; the elements are not read. Errors: those of ReadTensor that can be found so.
Result<std::string_view> ReadTensorName(std::string_view bytes);

/// The elements of a repeated field `ints` or `floats` of an AttributeProto as a tensor of rank 1 (i64 or f32).
Result<Tensor> ReadAttributeList(std::string_view attribute, AttributeField field, MemoryBudget& budget);

/// A zeroed tensor whose memory is booked as what constants of its type are. Errors: as Tensor::Zeros.
Result<Tensor> MakeConstant(DType dtype, const Shape& shape, MemoryBudget& budget);

/// The name of a TensorProto.DataType: "DOUBLE", "FLOAT16"; "type 99" where ONNX has none.
std::string OnnxTypeName(std::int64_t onnx_type);

/// The element type, one of numbers, or model_unsupported_type saying that `what` (`tensor "w"`) has that ONNX type.
Result<DType> SupportedType(std::int64_t onnx_type, std::string_view what);

/// Holds every axis, and their product (empty axes count as 1), to kMaxTensorElements. Error: model_limit, naming `what`.
Status CheckElementCount(std::span<const std::int64_t> dims, std::string_view what);

}  // namespace alice
