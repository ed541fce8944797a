#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "tensor/memory_budget.h"
#include "tensor/tensor.h"

namespace alice {

/// The bytes of one TensorProto, and the tensor in them.
struct VectorTensor {
  std::string bytes;
  std::string name;
  Tensor tensor;
};

/// One of the official ONNX node vectors: a model, and folders with its inputs and what they give.
struct NodeVector {
  std::string folder;
  std::string name;                    ///< "test_add"
  std::string model;                   ///< the bytes of model.onnx
  std::vector<std::string> operators;  ///< of its nodes, in order, with the domain where that is not ai.onnx
};

/// The vectors of `folder` (…/data/node) by name; empty where there is no such folder.
std::vector<NodeVector> ListNodeVectors(const std::string& folder);

/// The folders of data of a vector, by name.
std::vector<std::string> ListDataSets(const NodeVector& vector);

/// The tensors input_0.pb, input_1.pb … (or output_…) of a folder of data. Error: that of ReadTensor.
Result<std::vector<VectorTensor>> ReadTensors(const std::string& data_set, std::string_view kind, MemoryBudget& budget);

/// The model with these TensorProtos as initializers of its graph, so that inputs of their names become constants.
std::string WithInitializers(std::string_view model, std::span<const std::string_view> tensors);

}  // namespace alice
