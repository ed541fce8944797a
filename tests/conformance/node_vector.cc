#include "conformance/node_vector.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "protozero/pbf_writer.hpp"

#include "onnx/message.h"
#include "onnx/onnx_fields.h"
#include "onnx/read_node.h"
#include "onnx/read_tensor.h"

namespace alice {
namespace {

std::string ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// The entries of a folder whose names begin so, sorted.
std::vector<std::string> Entries(const std::string& folder, std::string_view prefix) {
  std::vector<std::string> names;
  std::error_code error;
  for (std::filesystem::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
    std::string name = entry->path().filename().string();
    if (name.starts_with(prefix)) names.push_back(std::move(name));
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::vector<std::string> OperatorsOf(std::string_view model) {
  std::vector<std::string> operators;
  for (Message<ModelField> fields(model); fields.Next();) {
    if (fields.field() != ModelField::graph) {
      fields.Skip();
      continue;
    }
    for (Message<GraphField> graph(fields.Bytes()); graph.Next();) {
      if (graph.field() != GraphField::node) {
        graph.Skip();
        continue;
      }
      const Result<NodeFields> node = ReadNode(graph.Bytes());
      if (!node.ok()) continue;
      const std::string domain = node.value().domain.empty() ? "" : std::string(node.value().domain) + ".";
      operators.push_back(domain + std::string(node.value().op_type));
    }
  }
  return operators;
}

}  // namespace

std::vector<NodeVector> ListNodeVectors(const std::string& folder) {
  std::vector<NodeVector> vectors;
  for (const std::string& name : Entries(folder, "test_")) {
    NodeVector vector{.folder = folder, .name = name, .model = {}, .operators = {}};
    vector.folder.append("/").append(name);
    vector.model = ReadFile(vector.folder + "/model.onnx");
    vector.operators = OperatorsOf(vector.model);
    vectors.push_back(std::move(vector));
  }
  return vectors;
}

std::vector<std::string> ListDataSets(const NodeVector& vector) {
  std::vector<std::string> folders = Entries(vector.folder, "test_data_set_");
  for (std::string& folder : folders) folder.insert(0, vector.folder + "/");
  return folders;
}

Result<std::vector<VectorTensor>> ReadTensors(const std::string& data_set, std::string_view kind,
                                              MemoryBudget& budget) {
  std::vector<VectorTensor> tensors;
  for (;;) {
    const std::string path = data_set + "/" + std::string(kind) + "_" + std::to_string(tensors.size()) + ".pb";
    VectorTensor tensor;
    tensor.bytes = ReadFile(path);
    if (tensor.bytes.empty()) return tensors;
    ALICE_ASSIGN_OR_RETURN(NamedTensor named, ReadTensor(tensor.bytes, path, budget));
    tensor.name = named.name;
    tensor.tensor = std::move(named.tensor);
    tensors.push_back(std::move(tensor));
  }
}

std::string WithInitializers(std::string_view model, std::span<const std::string_view> tensors) {
  std::string result;
  protozero::pbf_writer writer(result);
  for (Message<ModelField> fields(model); fields.Next();) {
    switch (fields.field()) {
      case ModelField::ir_version:
        writer.add_int64(static_cast<protozero::pbf_tag_type>(ModelField::ir_version), fields.Int());
        break;
      case ModelField::opset_import: {
        const std::string_view opset = fields.Bytes();
        writer.add_message(static_cast<protozero::pbf_tag_type>(ModelField::opset_import), opset.data(), opset.size());
        break;
      }
      case ModelField::graph: {
        std::string graph(fields.Bytes());
        protozero::pbf_writer graph_writer(graph);
        for (const std::string_view tensor : tensors) {
          graph_writer.add_message(static_cast<protozero::pbf_tag_type>(GraphField::initializer), tensor.data(),
                                   tensor.size());
        }
        writer.add_message(static_cast<protozero::pbf_tag_type>(ModelField::graph), graph);
        break;
      }
      default:
        fields.Skip();
    }
  }
  return result;
}

}  // namespace alice
