#pragma once

#include <functional>

#include "base/result.h"
#include "ir/graph.h"
#include "tensor/memory_budget.h"

namespace alice {

/// Makes of every LSTM, GRU and RNN whose weights are constant and which `selects` wants one node a direction, which takes
/// products (RecurrentAttributes): those of all steps with W are a MatMul before it, "<name>/input", and their bias an Add;
/// both that MatMul and the node itself have weights [K, N] then, as whatever else can be quantized. Two directions are
/// "<name>/forward" and "<name>/reverse", and Concats behind them. The sums are the same, but their order is not: results
/// stay what they were up to rounding. Requires an optimized graph, and keeps it so. Errors: budget_exceeded,
/// out_of_memory.
Status SplitRecurrent(Graph& graph, MemoryBudget& budget, const std::function<bool(const Node&)>& selects);

/// The way back, for what is to be written as ONNX: a node a direction, with W and R. Those that are quantized are
/// DequantizeLinear of their codes; what activations became is lost, for ONNX has no operator that says it. Errors: those
/// of CopyOf.
Status JoinRecurrent(Graph& graph, MemoryBudget& budget);

}  // namespace alice
