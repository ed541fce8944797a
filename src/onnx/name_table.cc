#include "onnx/name_table.h"

#include "onnx/limits.h"

namespace alice {

void NameTable::Open(std::string_view suffix) {
  scopes_.push_back({entry_list_.size(), std::string(Suffix()) + std::string(suffix)});
}

void NameTable::Close() {
  const std::size_t first = scopes_.back().first;
  for (std::size_t index = first; index < entry_list_.size(); ++index) entries_.erase(entry_list_[index].name);
  entry_list_.erase(entry_list_.begin() + static_cast<std::ptrdiff_t>(first), entry_list_.end());
  scopes_.pop_back();
}

Status NameTable::Define(Entry entry) {
  if (defined_ == kMaxValues) {
    return MakeError(ErrorCode::model_limit, "the model has more than ", kMaxValues, " values");
  }
  ++defined_;
  if (entry.name.empty()) return MakeError(ErrorCode::model_invalid_graph, "a value has no name");
  if (!entries_.emplace(entry.name, entry_list_.size()).second) {
    return MakeError(ErrorCode::model_invalid_graph, "the value \"", entry.name, "\" is defined twice");
  }
  entry_list_.push_back(std::move(entry));
  return {};
}

Result<ValueId> NameTable::DefineValue(std::string_view name, DType dtype, SymbolicShape shape) {
  const auto id = static_cast<ValueId>(graph_.values.size());
  ALICE_RETURN_IF_ERROR(Define({name, id, std::nullopt, false}));
  return graph_.AddValue({std::string(name).append(Suffix()), dtype, std::move(shape), std::nullopt});
}

Status NameTable::DefineAlias(std::string_view name, ValueId id) { return Define({name, id, std::nullopt, false}); }

Status NameTable::DefineConstant(std::string_view name, Tensor tensor) {
  return Define({name, kNoValue, std::move(tensor), false});
}

bool NameTable::IsConstant(std::string_view name) const {
  const auto found = entries_.find(name);
  if (found == entries_.end()) return false;
  const Entry& entry = entry_list_[found->second];
  return entry.constant.has_value() || graph_.IsConstant(entry.id);
}

std::optional<ValueId> NameTable::Use(std::string_view name) {
  const auto found = entries_.find(name);
  if (found == entries_.end()) return std::nullopt;
  Entry& entry = entry_list_[found->second];
  if (entry.id == kNoValue) AddToGraph(entry);
  return entry.id;
}

const Tensor* NameTable::TakeConstant(std::string_view name) {
  const auto found = entries_.find(name);
  if (found == entries_.end()) return nullptr;
  Entry& entry = entry_list_[found->second];
  const std::optional<Tensor>& constant = entry.id == kNoValue ? entry.constant : graph_.value(entry.id).constant;
  if (!constant) return nullptr;
  entry.taken = true;
  return &*constant;
}

void NameTable::UseRemaining() {
  for (Entry& entry : entry_list_) {
    if (entry.id == kNoValue && !entry.taken) AddToGraph(entry);
  }
}

void NameTable::AddToGraph(Entry& entry) {
  entry.id = graph_.AddConstant(std::string(entry.name), *std::move(entry.constant));
  entry.constant.reset();
}

}  // namespace alice
