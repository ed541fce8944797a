#include "bindings/layout_to_js.h"

namespace alice {

using emscripten::val;

namespace {

val ToJsDim(const std::string& dim) {
  const bool is_number = !dim.empty() && dim.find_first_not_of("0123456789") == std::string::npos;
  const val text = ToJs(std::string_view(dim));
  return is_number ? val::global("Number")(text) : text;
}

}  // namespace

JsObject ToJs(const TensorInfo& info) {
  JsObject object;
  object.Set("name", info.name);
  object.Set("dtype", info.dtype);
  object.Set("dims", ToJsArray(info.dims, ToJsDim));
  return object;
}

val ToJs(const RowLayout& layout, const std::vector<TensorInfo>& tensors) {
  return ToJsArray(layout.parts(), [&](const RowLayout::Part& part) {
    JsObject object = ToJs(tensors[part.tensor]);
    object.Set("offset", part.offset);
    object.Set("bytes", part.bytes);
    return object;
  });
}

val LayoutsToJs(const Model* model) {
  JsObject object;
  if (model == nullptr) return object;
  object.Set("inputs", ToJs(model->input_layout(), model->info().inputs));
  object.Set("outputs", ToJs(model->output_layout(), model->info().outputs));
  object.Set("hasBatchAxis", model->session().has_batch_axis());
  return object;
}

val PlacesToJs(const Session& session) {
  const auto places = [](const std::vector<ValueId>& ids, const auto& view) {
    JsArray array;
    for (std::size_t i = 0; i < ids.size(); ++i) {
      const TensorView tensor = view(i);
      JsObject place;
      place.Set("address", static_cast<double>(reinterpret_cast<std::size_t>(tensor.data)));
      place.Set("bytes", static_cast<double>(static_cast<std::size_t>(tensor.shape.elements()) * SizeOf(tensor.dtype)));
      array.Push(place);
    }
    return array;
  };
  JsObject object;
  object.Set("inputs", places(session.graph().inputs, [&](std::size_t i) { return session.Input(i); }));
  object.Set("outputs", places(session.graph().outputs, [&](std::size_t i) { return session.Output(i); }));
  return object;
}

}  // namespace alice
