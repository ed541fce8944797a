#include "onnx/reader.h"

#include <new>
#include <optional>
#include <string>
#include <string_view>

#include "ir/verify.h"
#include "onnx/limits.h"
#include "onnx/message.h"
#include "onnx/onnx_fields.h"
#include "onnx/read_graph.h"
#include "onnx/read_node.h"
#include "tensor/heap_limit.h"

namespace alice {
namespace {

struct ModelFields {
  std::int64_t ir_version = 0;
  std::optional<std::string_view> graph;
  OpsetVersions opsets;
};

Status ReadOpset(std::string_view bytes, OpsetVersions& opsets) {
  std::string_view domain;
  std::int64_t version = 0;
  for (Message<OperatorSetField> message(bytes); message.Next();) {
    switch (message.field()) {
      case OperatorSetField::domain: {
        ALICE_ASSIGN_OR_RETURN(domain, CheckName(message.Bytes(), "domain"));
        break;
      }
      case OperatorSetField::version:
        version = message.Int();
        break;
      default:
        message.Skip();
    }
  }
  opsets[domain == "ai.onnx" ? "" : domain] = version;
  if (opsets.size() <= kMaxOpsetImports) return {};
  return MakeError(ErrorCode::model_limit, "the model imports more than ", kMaxOpsetImports, " operator sets");
}

Status ReadMetadata(std::string_view bytes, std::size_t& metadata_bytes, Graph& graph) {
  metadata_bytes += bytes.size();
  if (graph.metadata.size() == kMaxMetadataEntries || metadata_bytes > kMaxMetadataBytes) {
    return MakeError(ErrorCode::model_limit, "the model has more than ", kMaxMetadataEntries, " metadata entries or ",
                     kMaxMetadataBytes, " bytes of metadata");
  }
  auto& [key, text] = graph.metadata.emplace_back();
  for (Message<StringEntryField> message(bytes); message.Next();) {
    switch (message.field()) {
      case StringEntryField::key:
        key = message.Bytes();
        break;
      case StringEntryField::value:
        text = message.Bytes();
        break;
      default:
        message.Skip();
    }
  }
  return {};
}

Result<ModelFields> ReadModelFields(std::string_view bytes, Graph& graph) {
  ModelFields model;
  std::size_t metadata_bytes = 0;
  for (Message<ModelField> message(bytes); message.Next();) {
    switch (message.field()) {
      case ModelField::ir_version:
        model.ir_version = message.Int();
        break;
      case ModelField::graph:
        if (model.graph) return MakeError(ErrorCode::model_malformed, "the model has two graphs");
        model.graph = message.Bytes();
        break;
      case ModelField::opset_import:
        ALICE_RETURN_IF_ERROR(ReadOpset(message.Bytes(), model.opsets));
        break;
      case ModelField::metadata_props:
        ALICE_RETURN_IF_ERROR(ReadMetadata(message.Bytes(), metadata_bytes, graph));
        break;
      default:
        message.Skip();
    }
  }
  return model;
}

Status CheckVersions(const ModelFields& model) {
  if (model.ir_version == 0 || !model.graph) {
    return MakeError(ErrorCode::model_malformed, "the bytes have no ", model.ir_version == 0 ? "IR version" : "graph",
                     ", so they are no ONNX model");
  }
  if (model.ir_version < kMinIrVersion) {
    return MakeError(ErrorCode::model_unsupported_opset, "the model's IR version is ", model.ir_version,
                     "; operator sets begin with ", kMinIrVersion);
  }
  const auto opset = model.opsets.find("");
  if (opset == model.opsets.end()) {
    return MakeError(ErrorCode::model_unsupported_opset, "the model imports no operator set of the domain ai.onnx");
  }
  if (opset->second < kMinOpset || opset->second > kMaxOpset) {
    return MakeError(ErrorCode::model_unsupported_opset, "the model uses opset ", opset->second,
                     " of the domain ai.onnx; supported are ", kMinOpset, " to ", kMaxOpset)
        .WithHint("convert the model with onnx.version_converter");
  }
  return {};
}

using ReadGraphWith = Status (*)(std::string_view bytes, const OpsetVersions& opsets, const ReadOptions& options,
                                 MemoryBudget& budget, Graph& graph);

Result<Graph> ReadModel(std::string_view bytes, MemoryBudget& budget, const ReadOptions& options, ReadGraphWith read) {
  if (bytes.size() > kMaxModelBytes) {
    return MakeError(ErrorCode::model_limit, "the model has ", bytes.size(), " bytes; the most is ", kMaxModelBytes);
  }
  Graph graph;
  ALICE_ASSIGN_OR_RETURN(const ModelFields model, ReadModelFields(bytes, graph));
  ALICE_RETURN_IF_ERROR(CheckVersions(model));
  graph.opset = static_cast<int>(model.opsets.at(""));
  ALICE_RETURN_IF_ERROR(read(*model.graph, model.opsets, options, budget, graph));
  return graph;
}

Result<Graph> ReadSafely(std::span<const std::byte> bytes, MemoryBudget& budget, const ReadOptions& options,
                         ReadGraphWith read) {
  try {
    return ReadModel({reinterpret_cast<const char*>(bytes.data()), bytes.size()}, budget, options, read);
  } catch (const protozero::end_of_buffer_exception&) {
    return MakeError(ErrorCode::model_truncated, "the model ends inside a field");
  } catch (const protozero::exception& error) {
    return MakeError(ErrorCode::model_malformed, "the model is not a well-formed protobuf message: ", error.what());
  } catch (const std::bad_alloc&) {
    return MemoryRefused("bytes for the model's graph");
  }
}

}  // namespace

Result<Graph> ReadOnnx(std::span<const std::byte> bytes, MemoryBudget& budget, const ReadOptions& options) {
  ALICE_ASSIGN_OR_RETURN(Graph graph, ReadSafely(bytes, budget, options, ReadGraph));
  ALICE_RETURN_IF_ERROR(Verify(graph));
  return graph;
}

Result<Graph> ReadSignature(std::span<const std::byte> bytes, MemoryBudget& budget, const ReadOptions& options) {
  return ReadSafely(bytes, budget, options, ReadGraphSignature);
}

}  // namespace alice
