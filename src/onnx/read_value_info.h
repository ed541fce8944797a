#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "tensor/dtype.h"

namespace alice {

/// One axis as a ValueInfoProto gives it: a size above 0, or a name, or neither.
struct DimFields {
  std::int64_t size = 0;
  std::string_view symbol;
};

/// A ValueInfoProto of a tensor. Views point into the bytes that were read.
struct ValueInfoFields {
  std::string_view name;
  DType dtype = DType::f32;
  std::vector<DimFields> dims;
};

/// The name of a ValueInfoProto. Error: model_limit.
Result<std::string_view> ReadValueName(std::string_view bytes);

/// Reads the declaration of a graph input. Some exporters write 0 or −1 for an axis they do not know: a size below 1
/// counts as not given.
/// Errors: model_limit (name, rank, elements); model_unsupported_type (not a tensor, or an element type Alice lacks);
/// shape_unresolved (no shape, so not even the rank is known).
Result<ValueInfoFields> ReadValueInfo(std::string_view bytes);

}  // namespace alice
