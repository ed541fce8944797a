#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "ir/attributes.h"
#include "onnx/name_table.h"
#include "onnx/read_node.h"

namespace alice {

/// 'Conv "conv1"'
std::string Title(const NodeFields& node);

/// The attributes of one node, each to be taken once; what is left at the end is not supported.
class AttributeSet {
 public:
  explicit AttributeSet(const NodeFields& node) : node_(node) {}

  /// The attribute of that name if it is given. Error: model_invalid_graph where it has another type.
  Result<const AttributeFields*> Take(std::string_view name, AttributeType type);
  Result<float> Float(std::string_view name, float otherwise);
  Result<std::int64_t> Int(std::string_view name, std::int64_t otherwise);
  Result<std::string_view> String(std::string_view name, std::string_view otherwise);
  /// A list of kMaxRank integers at most; empty where it is not given. Error: model_limit.
  Result<Shape> Ints(std::string_view name);
  /// Lists of `most` elements at most; empty where they are not given. Error: model_limit.
  Result<std::vector<std::int64_t>> IntList(std::string_view name, std::size_t most);
  Result<std::vector<float>> FloatList(std::string_view name, std::size_t most);
  Result<std::vector<std::string_view>> StringList(std::string_view name, std::size_t most);
  /// Takes an attribute of which only one value is implemented. Error: model_unsupported_attribute.
  Status Only(std::string_view name, std::int64_t implemented);
  /// Error: model_unsupported_attribute, naming an attribute that was not taken.
  [[nodiscard]] Status CheckAllTaken() const;

 private:
  [[nodiscard]] OwnedError TooLong(std::string_view name, std::size_t count, std::size_t most) const;

  const NodeFields& node_;
  std::size_t taken_ = 0;
  std::vector<std::string_view> names_taken_;
};

/// What an operator's importer works with.
struct ImportContext {
  NodeFields& node;
  std::int64_t opset;
  NameTable& names;
  AttributeSet given;
};

// Operators that work element by element (import_math.cc): an activation with the attributes that ParametersOf names; Clip,
// whose bounds stay inputs where they are no f32 constants. Errors: model_unsupported_attribute for another kind of Gelu,
// model_invalid_graph for a BitShift in no direction.
Result<Attributes> ImportActivation(ActivationKind kind, ImportContext& context);
Result<Attributes> ImportBitShift(ImportContext& context);
Result<Attributes> ImportClip(ImportContext& context);
Result<Attributes> ImportGelu(ImportContext& context);
Result<Attributes> ImportMod(ImportContext& context);

// Conv and the pooling operators (import_windows.cc). Errors: model_invalid_graph for lists that no window can have,
// model_unsupported_attribute for more than two spatial axes where they show, column-major indices, Lp norms.
Result<Attributes> ImportConv(ImportContext& context);
Result<Attributes> ImportConvTranspose(ImportContext& context);
Result<Attributes> ImportMaxPool(ImportContext& context);
Result<Attributes> ImportAveragePool(ImportContext& context);

// The normalizations (import_normalizations.cc). Error: model_invalid_graph for numbers that they do not allow.
Result<Attributes> ImportNormalization(ImportContext& context);
Result<Attributes> ImportMeanVarianceNormalization(ImportContext& context);
Result<Attributes> ImportLpNormalization(ImportContext& context);
Result<Attributes> ImportLrn(ImportContext& context);

// LSTM, GRU and RNN (import_recurrent.cc). Errors: model_unsupported_attribute for activations that Alice does not have,
// model_invalid_graph for lists of another length than the operator's.
Result<Attributes> ImportRecurrent(ImportContext& context);

// The reductions, ArgMax, ArgMin and TopK (import_reductions.cc). Errors: shape_unresolved where axes or k are not constant,
// model_invalid_graph for those that no tensor has.
Result<Attributes> ImportReduction(ImportContext& context);
Result<Attributes> ImportArgExtreme(ImportContext& context);
Result<Attributes> ImportTopK(ImportContext& context);

}  // namespace alice
