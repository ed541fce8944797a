#include "onnx/parameter.h"

#include <utility>

namespace alice {
namespace {

Status CheckList(const ImportContext& context, const Tensor& list, std::string_view what, std::size_t most) {
  if (list.shape().rank() > 1) {
    return MakeError(ErrorCode::model_invalid_graph, "the ", what, " of ", Title(context.node), " are ",
                     DTypeName(list.dtype()), list.shape().ToString(), " instead of a vector");
  }
  if (static_cast<std::size_t>(list.shape().elements()) <= most) return {};
  return MakeError(ErrorCode::model_limit, "the ", what, " of ", Title(context.node), " are ", list.shape().elements(),
                   "; the most is ", most);
}

template <typename T, typename From>
std::vector<T> Elements(const Tensor& list) {
  const auto elements = list.elements<const From>();
  return {elements.begin(), elements.end()};
}

OwnedError WrongType(const ImportContext& context, const Tensor& list, std::string_view what) {
  return MakeError(ErrorCode::model_invalid_graph, "the ", what, " of ", Title(context.node), " are ",
                   DTypeName(list.dtype()));
}

}  // namespace

Result<const Tensor*> TakeParameter(ImportContext& context, std::size_t index, std::string_view what) {
  std::vector<std::string_view>& inputs = context.node.inputs;
  if (index >= inputs.size() || inputs[index].empty()) return static_cast<const Tensor*>(nullptr);
  const std::string_view name = std::exchange(inputs[index], {});
  const Tensor* const constant = context.names.TakeConstant(name);
  if (constant != nullptr) return constant;
  return MakeError(ErrorCode::shape_unresolved, Title(context.node), " takes its ", what, " from \"", name,
                   "\", which is not a constant");
}

Result<std::vector<std::int64_t>> TakeIntegers(ImportContext& context, std::size_t index, std::string_view what,
                                               std::size_t most) {
  ALICE_ASSIGN_OR_RETURN(const Tensor* const list, TakeParameter(context, index, what));
  if (list == nullptr) return std::vector<std::int64_t>();
  ALICE_RETURN_IF_ERROR(CheckList(context, *list, what, most));
  if (list->dtype() == DType::i64) return Elements<std::int64_t, std::int64_t>(*list);
  if (list->dtype() == DType::i32) return Elements<std::int64_t, std::int32_t>(*list);
  return WrongType(context, *list, what);
}

Result<std::vector<float>> TakeFloats(ImportContext& context, std::size_t index, std::string_view what,
                                      std::size_t most) {
  ALICE_ASSIGN_OR_RETURN(const Tensor* const list, TakeParameter(context, index, what));
  if (list == nullptr) return std::vector<float>();
  ALICE_RETURN_IF_ERROR(CheckList(context, *list, what, most));
  if (list->dtype() == DType::f32) return Elements<float, float>(*list);
  return WrongType(context, *list, what);
}

void DropEmptyInputs(NodeFields& node) {
  while (!node.inputs.empty() && node.inputs.back().empty()) node.inputs.pop_back();
}

}  // namespace alice
