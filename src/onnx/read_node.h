#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "onnx/onnx_fields.h"

namespace alice {

/// An AttributeProto; the members that its type does not name are at their defaults.
struct AttributeFields {
  std::string_view name;
  AttributeType type = AttributeType::undefined;
  float f = 0.0f;
  std::int64_t i = 0;
  std::string_view text;
  std::string_view tensor;  ///< the bytes of a TensorProto
  std::string_view graph;   ///< the bytes of a GraphProto
  std::string_view bytes;   ///< the whole AttributeProto, for its lists
};

/// A NodeProto. All views point into the bytes that were read.
struct NodeFields {
  std::string_view name;
  std::string_view op_type;
  std::string_view domain;  ///< "" for ai.onnx
  std::vector<std::string_view> inputs;
  std::vector<std::string_view> outputs;
  std::vector<AttributeFields> attributes;
};

/// Errors: model_limit (names, numbers of inputs, outputs or attributes); model_malformed (no operator; an attribute
/// given twice).
Result<NodeFields> ReadNode(std::string_view bytes);

/// The name within kMaxNameBytes, or model_limit, naming `what`.
Result<std::string_view> CheckName(std::string_view name, std::string_view what);

}  // namespace alice
