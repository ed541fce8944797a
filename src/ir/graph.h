#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "ir/attributes.h"
#include "ir/op_kind.h"
#include "ir/symbolic_shape.h"
#include "numeric/qparams.h"
#include "numeric/scheme.h"
#include "tensor/tensor.h"

namespace alice {

using ValueId = std::int32_t;
inline constexpr ValueId kNoValue = -1;  ///< an optional input that is not given

/// A named tensor of the graph: an input, a constant, or the output of one node.
struct Value {
  std::string name;
  DType dtype = DType::f32;
  SymbolicShape shape;             ///< filled in by InferShapes for what nodes produce
  std::optional<Tensor> constant;  ///< its elements, where they are known at load
};

/// How a node with weights B [K, N] runs quantized (numeric/scheme.h); which ones can: can_quantize.h.
struct QuantizedForm {
  Scheme scheme;
  ValueId weights = kNoValue;            ///< constant codes: s8 [K, N]; FP8 u8 [K, N]; int4 u8 [WeightCodeBytes]
  ValueId scales = kNoValue;             ///< f32 constant [ScaleGrid::count()], in its order
  ValueId zero_points = kNoValue;        ///< s8 constant of the same shape; kNoValue for symmetric weights
  std::optional<QParams> input = {};     ///< static: how A is quantized; kept open until calibration gives it
  std::optional<QuantRange> bound = {};  ///< dynamic: values of A outside it are clipped

  /// Calls visit with the id of every constant.
  template <typename Self, typename Visit>
  static void ForEachValue(Self& self, const Visit& visit) {
    visit(self.weights);
    visit(self.scales);
    if (self.zero_points != kNoValue) visit(self.zero_points);
  }
};

struct Node {
  OpKind kind = OpKind::Identity;
  std::string name;  ///< never empty: the importer gives a nameless node its operator and index
  std::vector<ValueId> inputs;
  std::vector<ValueId> outputs;
  Attributes attributes;
  Activation activation;                   ///< applied to the output; set by fusion
  std::optional<QuantizedForm> quantized;  ///< the node can run quantized as well as in FP32
};

/// A model as data. Nodes are in an order in which every value is defined before it is used; each value is
/// defined once (ir/verify.h says what else holds). Constants own their elements.
struct Graph {
  std::string name;
  int opset = 0;                     ///< of the default domain
  std::vector<std::string> symbols;  ///< names of symbolic axes
  std::vector<Value> values;
  std::vector<Node> nodes;
  std::vector<ValueId> inputs;  ///< without initializers
  std::vector<ValueId> outputs;
  std::vector<std::pair<std::string, std::string>> metadata;  ///< ONNX metadata_props

  [[nodiscard]] Value& value(ValueId id) { return values[static_cast<std::size_t>(id)]; }
  [[nodiscard]] const Value& value(ValueId id) const { return values[static_cast<std::size_t>(id)]; }
  [[nodiscard]] bool IsConstant(ValueId id) const { return id != kNoValue && value(id).constant.has_value(); }
  /// The metadata value of `key`, or "".
  [[nodiscard]] std::string_view MetadataOf(std::string_view key) const;

  ValueId AddValue(Value value);
  ValueId AddConstant(std::string name, Tensor tensor);
  /// The index of the symbol of that name, added where it is new.
  std::int32_t SymbolIndex(std::string_view name);
};

}  // namespace alice
