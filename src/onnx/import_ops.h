#pragma once

#include <cstdint>

#include "base/result.h"
#include "ir/graph.h"
#include "onnx/name_table.h"
#include "onnx/read_node.h"
#include "tensor/memory_budget.h"

namespace alice {

/// The attributes of `node`, an operator of that kind, as operator set `opset` spells them. Inputs that ONNX uses as
/// attributes (the bounds of Clip since 11, the shape of Reshape, axes, pads) are taken from `names` and leave
/// `node.inputs`.
/// Errors: model_unsupported_attribute (an attribute or a value of it that is not implemented, naming operator, node
/// and attribute); model_unsupported_type (Cast or QuantizeLinear to a type Alice lacks); model_invalid_graph
/// (a required attribute is missing, or has another type than ONNX gives it); model_limit; shape_unresolved (such
/// an input that is computed).
Result<Attributes> ImportAttributes(OpKind kind, NodeFields& node, std::int64_t opset, NameTable& names);

/// The tensor that a Constant node stands for: `value`, `value_float`, `value_floats`, `value_int` or `value_ints`.
/// Errors: as ImportAttributes and ReadTensor.
Result<Tensor> ImportConstant(const NodeFields& node, MemoryBudget& budget);

}  // namespace alice
