#include "ir/graph.h"

#include <algorithm>

namespace alice {

std::string_view Graph::MetadataOf(std::string_view key) const {
  for (const auto& [entry_key, text] : metadata) {
    if (entry_key == key) return text;
  }
  return "";
}

ValueId Graph::AddValue(Value value) {
  values.push_back(std::move(value));
  return static_cast<ValueId>(values.size() - 1);
}

ValueId Graph::AddConstant(std::string constant_name, Tensor tensor) {
  Value value;
  value.name = std::move(constant_name);
  value.dtype = tensor.dtype();
  value.shape = SymbolicShape::Of(tensor.shape());
  value.constant = std::move(tensor);
  return AddValue(std::move(value));
}

std::int32_t Graph::SymbolIndex(std::string_view symbol) {
  const auto found = std::find(symbols.begin(), symbols.end(), symbol);
  if (found != symbols.end()) return static_cast<std::int32_t>(found - symbols.begin());
  symbols.emplace_back(symbol);
  return static_cast<std::int32_t>(symbols.size() - 1);
}

}  // namespace alice
