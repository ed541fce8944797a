#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "protozero/pbf_writer.hpp"

#include "base/result.h"
#include "ir/graph.h"
#include "onnx/reader.h"

namespace alice {

// ONNX messages for tests, spelled with the numbers of onnx.proto so that the reader's own table is tested too.

inline constexpr std::int32_t kOnnxFloat = 1;
inline constexpr std::int32_t kOnnxInt64 = 7;

inline std::string FloatAttribute(std::string_view name, float value) {
  std::string bytes;
  protozero::pbf_writer writer(bytes);
  writer.add_string(1, name.data(), name.size());
  writer.add_float(2, value);
  writer.add_int32(20, 1);
  return bytes;
}

inline std::string IntAttribute(std::string_view name, std::int64_t value) {
  std::string bytes;
  protozero::pbf_writer writer(bytes);
  writer.add_string(1, name.data(), name.size());
  writer.add_int64(3, value);
  writer.add_int32(20, 2);
  return bytes;
}

inline std::string StringAttribute(std::string_view name, std::string_view value) {
  std::string bytes;
  protozero::pbf_writer writer(bytes);
  writer.add_string(1, name.data(), name.size());
  writer.add_string(4, value.data(), value.size());
  writer.add_int32(20, 3);
  return bytes;
}

/// Lists of numbers, packed or not, and of texts.
inline std::string IntsAttribute(std::string_view name, const std::vector<std::int64_t>& list, bool is_packed = false) {
  std::string bytes;
  protozero::pbf_writer writer(bytes);
  writer.add_string(1, name.data(), name.size());
  if (is_packed) {
    writer.add_packed_int64(8, list.begin(), list.end());
  } else {
    for (const std::int64_t element : list) writer.add_int64(8, element);
  }
  writer.add_int32(20, 7);
  return bytes;
}

inline std::string FloatsAttribute(std::string_view name, const std::vector<float>& list, bool is_packed = false) {
  std::string bytes;
  protozero::pbf_writer writer(bytes);
  writer.add_string(1, name.data(), name.size());
  if (is_packed) {
    writer.add_packed_float(7, list.begin(), list.end());
  } else {
    for (const float element : list) writer.add_float(7, element);
  }
  writer.add_int32(20, 6);
  return bytes;
}

inline std::string StringsAttribute(std::string_view name, const std::vector<std::string>& list) {
  std::string bytes;
  protozero::pbf_writer writer(bytes);
  writer.add_string(1, name.data(), name.size());
  for (const std::string& element : list) writer.add_string(9, element);
  writer.add_int32(20, 8);
  return bytes;
}

inline std::string TensorAttribute(std::string_view name, const std::string& tensor) {
  std::string bytes;
  protozero::pbf_writer writer(bytes);
  writer.add_string(1, name.data(), name.size());
  writer.add_message(5, tensor);
  writer.add_int32(20, 4);
  return bytes;
}

/// A TensorProto without its data, which is appended with a pbf_writer on the result.
inline std::string TensorHeader(std::string_view name, const std::vector<std::int64_t>& dims, std::int32_t type) {
  std::string bytes;
  protozero::pbf_writer writer(bytes);
  for (const std::int64_t dim : dims) writer.add_int64(1, dim);
  writer.add_int32(2, type);
  writer.add_string(8, name.data(), name.size());
  return bytes;
}

template <typename T>
std::string RawTensor(std::string_view name, const std::vector<std::int64_t>& dims, std::int32_t type,
                      const std::vector<T>& elements) {
  std::string bytes = TensorHeader(name, dims, type);
  protozero::pbf_writer(bytes).add_bytes(9, reinterpret_cast<const char*>(elements.data()),
                                         elements.size() * sizeof(T));
  return bytes;
}

inline std::string FloatTensor(std::string_view name, const std::vector<std::int64_t>& dims,
                               const std::vector<float>& elements) {
  return RawTensor(name, dims, kOnnxFloat, elements);
}

inline std::string Int64Tensor(std::string_view name, const std::vector<std::int64_t>& elements) {
  return RawTensor(name, {static_cast<std::int64_t>(elements.size())}, kOnnxInt64, elements);
}

/// A size, a name, or (empty name) neither.
using TestDim = std::variant<std::int64_t, std::string>;

inline std::string TensorInfo(std::string_view name, const std::vector<TestDim>& dims, std::int32_t type = kOnnxFloat) {
  std::string shape;
  protozero::pbf_writer shape_writer(shape);
  for (const TestDim& dim : dims) {
    std::string dim_bytes;
    protozero::pbf_writer dim_writer(dim_bytes);
    if (const auto* const size = std::get_if<std::int64_t>(&dim)) {
      dim_writer.add_int64(1, *size);
    } else if (!std::get<std::string>(dim).empty()) {
      dim_writer.add_string(2, std::get<std::string>(dim));
    }
    shape_writer.add_message(1, dim_bytes);
  }
  std::string tensor;
  protozero::pbf_writer tensor_writer(tensor);
  tensor_writer.add_int32(1, type);
  tensor_writer.add_message(2, shape);
  std::string type_bytes;
  protozero::pbf_writer(type_bytes).add_message(1, tensor);
  std::string bytes;
  protozero::pbf_writer writer(bytes);
  writer.add_string(1, name.data(), name.size());
  writer.add_message(2, type_bytes);
  return bytes;
}

struct TestNode {
  std::string op;
  std::vector<std::string> inputs;
  std::vector<std::string> outputs;
  std::vector<std::string> attributes = {};
  std::string name = "";
  std::string domain = "";
};

/// Collects a model's parts; Build gives its bytes.
struct ModelBuilder {
  std::int64_t ir_version = 8;
  std::vector<std::pair<std::string, std::int64_t>> opsets = {{"", 17}};
  std::string graph;  ///< the fields of the GraphProto so far

  ModelBuilder& Opset(std::int64_t version) {
    opsets = {{"", version}};
    return *this;
  }
  ModelBuilder& Add(const TestNode& node) {
    std::string bytes;
    protozero::pbf_writer writer(bytes);
    for (const std::string& input : node.inputs) writer.add_string(1, input);
    for (const std::string& output : node.outputs) writer.add_string(2, output);
    if (!node.name.empty()) writer.add_string(3, node.name);
    writer.add_string(4, node.op);
    for (const std::string& attribute : node.attributes) writer.add_message(5, attribute);
    if (!node.domain.empty()) writer.add_string(7, node.domain);
    return Field(1, bytes);
  }
  ModelBuilder& Initializer(const std::string& tensor) { return Field(5, tensor); }
  ModelBuilder& Input(const std::string& info) { return Field(11, info); }
  ModelBuilder& Input(std::string_view name, const std::vector<TestDim>& dims) { return Input(TensorInfo(name, dims)); }
  ModelBuilder& Output(std::string_view name) { return Field(12, TensorInfo(name, {})); }
  ModelBuilder& Field(protozero::pbf_tag_type tag, const std::string& message) {
    protozero::pbf_writer(graph).add_message(tag, message);
    return *this;
  }

  [[nodiscard]] std::string Build() const {
    std::string bytes;
    protozero::pbf_writer writer(bytes);
    if (ir_version != 0) writer.add_int64(1, ir_version);
    writer.add_message(7, graph);
    for (const auto& [domain, version] : opsets) {
      std::string opset;
      protozero::pbf_writer opset_writer(opset);
      opset_writer.add_string(1, domain);
      opset_writer.add_int64(2, version);
      writer.add_message(8, opset);
    }
    return bytes;
  }
};

/// A one-node model: input "x" [batch, 4], the node's first output is the model's.
inline ModelBuilder OneNode(const TestNode& node, std::int64_t opset = 17) {
  ModelBuilder model;
  model.Opset(opset).Input("x", {"batch", 4}).Add(node);
  if (!node.outputs.empty()) model.Output(node.outputs.front());
  return model;
}

inline constexpr std::size_t kTestBudgetBytes = 16U << 20;

/// A graph together with the budget that its constants live on.
struct ReadModel {
  std::unique_ptr<MemoryBudget> budget = std::make_unique<MemoryBudget>(kTestBudgetBytes);
  Result<Graph> graph;

  explicit ReadModel(std::string_view bytes)
      : graph(ReadOnnx(std::as_bytes(std::span(bytes.data(), bytes.size())), *budget)) {}
};

}  // namespace alice
