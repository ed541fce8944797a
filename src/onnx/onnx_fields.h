#pragma once

#include <cstdint>

#include "protozero/types.hpp"

namespace alice {

// Field numbers of the messages of onnx.proto (ONNX 1.17) that are read or written here.

enum class ModelField : protozero::pbf_tag_type {
  ir_version = 1,
  producer_name = 2,
  graph = 7,
  opset_import = 8,
  metadata_props = 14,
};

enum class OperatorSetField : protozero::pbf_tag_type { domain = 1, version = 2 };

enum class StringEntryField : protozero::pbf_tag_type { key = 1, value = 2 };

enum class GraphField : protozero::pbf_tag_type {
  node = 1,
  name = 2,
  initializer = 5,
  input = 11,
  output = 12,
  sparse_initializer = 15,
};

enum class NodeField : protozero::pbf_tag_type {
  input = 1,
  output = 2,
  name = 3,
  op_type = 4,
  attribute = 5,
  domain = 7,
};

enum class AttributeField : protozero::pbf_tag_type {
  name = 1,
  f = 2,
  i = 3,
  s = 4,
  t = 5,
  g = 6,
  floats = 7,
  ints = 8,
  strings = 9,
  type = 20,
};

/// AttributeProto.AttributeType
enum class AttributeType : std::int64_t {
  undefined = 0,
  real = 1,
  integer = 2,
  string = 3,
  tensor = 4,
  graph = 5,
  reals = 6,
  integers = 7,
  strings = 8,
};

enum class TensorField : protozero::pbf_tag_type {
  dims = 1,
  data_type = 2,
  segment = 3,
  float_data = 4,
  int32_data = 5,
  int64_data = 7,
  name = 8,
  raw_data = 9,
  external_data = 13,
  data_location = 14,
};

enum class ValueInfoField : protozero::pbf_tag_type { name = 1, type = 2 };

enum class TypeField : protozero::pbf_tag_type { tensor_type = 1 };

enum class TensorTypeField : protozero::pbf_tag_type { elem_type = 1, shape = 2 };

enum class TensorShapeField : protozero::pbf_tag_type { dim = 1 };

enum class DimensionField : protozero::pbf_tag_type { value = 1, param = 2 };

}  // namespace alice
