// What becomes of the weights that a session has: released, decoded, packed, counted.
#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "base/check.h"
#include "base/flags.h"
#include "exec/memory_forecast.h"
#include "exec/session.h"
#include "kernels/gemm_f32/gemm_f32.h"

namespace alice {

void Session::ReleaseCodes() {
  for (const ValueId id : CodesToRelease(graph_)) graph_.value(id).constant->Release();
}

Status Session::CompileDecoded() {
  for (Step& step : steps_) {
    const Node& node = graph_.nodes[step.node];
    if (!node.quantized) continue;
    ALICE_ASSIGN_OR_RETURN(step.other_fp32, CompileOp(graph_, node, Execution::decoded, isa_, holdings_));
  }
  return Replan(max_samples_);
}

void Session::RunDecoded(bool decoded) {
  if (decoded == runs_decoded_) return;
  runs_decoded_ = decoded;
  acceleration_.End(Precision::fp32);
  for (Step& step : steps_) {
    if (step.other_fp32) step.other_fp32.swap(step.ops[static_cast<std::size_t>(Precision::fp32)]);
  }
}

void Session::DropFloatWeights() {
  RunDecoded(true);
  for (Step& step : steps_) step.other_fp32.reset();
  ReleaseFloatWeights();
}

void Session::ReleaseFloatWeights() {
  constexpr std::size_t kWeights = 1;
  Flags is_needed(graph_.values.size(), false);
  const auto need = [&](ValueId id) {
    if (id != kNoValue) is_needed[static_cast<std::size_t>(id)] = true;
  };
  for (const Node& node : graph_.nodes) {
    for (std::size_t i = 0; i < node.inputs.size(); ++i) {
      if (!node.quantized || i != kWeights) need(node.inputs[i]);
    }
    if (node.quantized) QuantizedForm::ForEachValue(*node.quantized, need);
  }
  std::ranges::for_each(graph_.outputs, need);
  for (const Node& node : graph_.nodes) {
    if (!node.quantized || is_needed[static_cast<std::size_t>(node.inputs[kWeights])]) continue;
    graph_.value(node.inputs[kWeights]).constant->Release();
  }
}

void Session::KeepFloat(std::size_t node) {
  ALICE_CHECK(graph_.nodes[node].quantized.has_value());
  ALICE_CHECK(!runs_decoded_ && !graph_.value(graph_.nodes[node].inputs[1]).constant->released());
  StepOf(node).ops[static_cast<std::size_t>(Precision::int8)].reset();
  StepOf(node).other_fp32.reset();
  const QuantizedForm form = *graph_.nodes[node].quantized;
  graph_.nodes[node].quantized.reset();
  Flags is_needed = ReadValues(graph_);
  const auto need = [&](ValueId id) { is_needed[static_cast<std::size_t>(id)] = true; };
  for (const Node& other : graph_.nodes) {
    if (other.quantized) QuantizedForm::ForEachValue(*other.quantized, need);
  }
  QuantizedForm::ForEachValue(form, [&](ValueId id) {
    if (!is_needed[static_cast<std::size_t>(id)]) graph_.value(id).constant->Release();
  });
  Connect();
}

bool Session::CanPack(ValueId weights) const {
  const std::optional<Tensor>& constant = graph_.value(weights).constant;
  const DataFlow::Root& flow = FlowOf(weights);
  if (!constant || constant->released() || flow.is_output) return false;
  return std::ranges::all_of(flow.readers, [&](const DataFlow::Reader& reader) {
    const bool is_direct = reader.input == 1 && graph_.nodes[reader.node].inputs[1] == weights;
    return is_direct && StepOf(reader.node).op(Precision::fp32).PackableWeights().rows > 0;
  });
}

void Session::PackFloatWeights(Packable packable) {
  std::map<ValueId, MatrixSize> matrices;
  const auto is_quantized = [&](const DataFlow::Reader& reader) {
    return graph_.nodes[reader.node].quantized.has_value();
  };
  for (const Step& step : steps_) {
    const MatrixSize size = step.op(Precision::fp32).PackableWeights();
    if (size.rows == 0) continue;
    const ValueId weights = graph_.nodes[step.node].inputs[1];
    if (!CanPack(weights)) continue;
    if (packable == Packable::quantized && !std::ranges::all_of(FlowOf(weights).readers, is_quantized)) continue;
    matrices[weights] = size;
  }
  for (const Node& node : graph_.nodes) {
    if (node.quantized) QuantizedForm::ForEachValue(*node.quantized, [&](ValueId id) { matrices.erase(id); });
  }
  if (matrices.empty()) return;
  std::size_t most = 0;
  for (const auto& [id, size] : matrices) most = std::max(most, graph_.value(id).constant->bytes());
  auto room = Buffer::Allocate(*budget_, MemoryKind::weights_f32, most, Contents::unspecified);
  if (!room.ok()) return;
  for (const auto& [id, size] : matrices) {
    const std::span<float> weights = graph_.value(id).constant->elements<float>();
    std::ranges::copy(weights, room->as<float>());
    PackF32(size.rows, size.columns, room->as<float>(), weights.data());
    for (const DataFlow::Reader& reader : FlowOf(id).readers) {
      StepOf(reader.node).op(Precision::fp32).TakePackedWeights();
    }
  }
}

std::size_t Session::int8_weight_bytes() const {
  std::set<std::pair<ValueId, ValueId>> counted;
  std::size_t bytes = 0;
  for (const Step& step : steps_) {
    const std::optional<QuantizedForm>& form = graph_.nodes[step.node].quantized;
    if (step.quantized && counted.insert({form->weights, form->scales}).second) bytes += QuantizedBytes(step.node);
  }
  return bytes;
}

std::size_t Session::fp32_weight_bytes() const {
  std::set<ValueId> counted;
  std::size_t bytes = 0;
  for (const Step& step : steps_) {
    if (!step.quantized) continue;
    const ValueId weights = graph_.nodes[step.node].inputs[1];
    if (counted.insert(weights).second) bytes += graph_.value(weights).constant->bytes();
  }
  return bytes;
}

}  // namespace alice
