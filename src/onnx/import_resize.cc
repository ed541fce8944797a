#include <algorithm>
#include <array>
#include <utility>

#include "onnx/import_movement.h"
#include "onnx/parameter.h"

namespace alice {
namespace {

template <typename T>
using Spelling = std::pair<std::string_view, T>;

constexpr std::array<Spelling<ResizeMode>, 3> kResizeModes = {
    {{"nearest", ResizeMode::nearest}, {"linear", ResizeMode::linear}, {"cubic", ResizeMode::cubic}}};

constexpr std::array<Spelling<Coordinates>, 7> kCoordinates = {{
    {"half_pixel", Coordinates::half_pixel},
    {"half_pixel_symmetric", Coordinates::half_pixel_symmetric},
    {"pytorch_half_pixel", Coordinates::pytorch_half_pixel},
    {"align_corners", Coordinates::align_corners},
    {"asymmetric", Coordinates::asymmetric},
    {"tf_half_pixel_for_nn", Coordinates::tf_half_pixel_for_nn},
    {"tf_crop_and_resize", Coordinates::tf_crop_and_resize},
}};

constexpr std::array<Spelling<NearestMode>, 4> kNearestModes = {{
    {"round_prefer_floor", NearestMode::round_prefer_floor},
    {"round_prefer_ceil", NearestMode::round_prefer_ceil},
    {"floor", NearestMode::floor},
    {"ceil", NearestMode::ceil},
}};

constexpr std::array<Spelling<AspectRatio>, 3> kAspectRatios = {{
    {"stretch", AspectRatio::stretch},
    {"not_larger", AspectRatio::not_larger},
    {"not_smaller", AspectRatio::not_smaller},
}};

/// Takes the attribute of that name, whose texts and meanings are in `spellings`; the first is the default.
template <typename T, std::size_t kCount>
Result<T> TakeOneOf(ImportContext& context, const char* name, const std::array<Spelling<T>, kCount>& spellings) {
  ALICE_ASSIGN_OR_RETURN(const std::string_view text, context.given.String(name, spellings.front().first));
  const auto found = std::ranges::find(spellings, text, &Spelling<T>::first);
  if (found != spellings.end()) return found->second;
  return MakeError(ErrorCode::model_unsupported_attribute, "the attribute \"", name, "\" of ", Title(context.node),
                   " is \"", text.substr(0, 32), "\"");
}

/// What came before operator set 11: output pixel i takes what is at i / scale, of the nearest the one before it where
/// an axis grows, the one behind it where it shrinks.
Status SetOldMeaning(const ImportContext& context, ResizeAttributes& resize) {
  resize.coordinates = Coordinates::asymmetric;
  const auto [least, most] = std::ranges::minmax_element(resize.scales);
  if (least == resize.scales.end() || resize.mode != ResizeMode::nearest || *least >= 1.0f) {
    resize.nearest = NearestMode::floor;
    return {};
  }
  resize.nearest = NearestMode::ceil;
  if (*most <= 1.0f) return {};
  return MakeError(ErrorCode::model_unsupported_attribute, Title(context.node),
                   " shrinks one axis to the nearest pixels and grows another one, which is not supported");
}

/// Checks the lists and, where none are given, fills in the axes.
Status FinishLists(const ImportContext& context, ResizeAttributes& resize) {
  const std::size_t count = std::max(resize.scales.size(), resize.sizes.rank());
  if ((resize.scales.empty()) == (resize.sizes.rank() == 0)) {
    return MakeError(ErrorCode::model_invalid_graph, Title(context.node), " needs either scales or sizes");
  }
  if (!std::ranges::all_of(resize.scales, [](float scale) { return scale > 0.0f && scale < 0x1p28f; })) {
    return MakeError(ErrorCode::model_invalid_graph, Title(context.node), " has a scale that is not above 0");
  }
  if (!std::ranges::all_of(resize.sizes.dims(), [](std::int64_t size) { return size >= 0 && size <= kMaxElements; })) {
    return MakeError(ErrorCode::model_invalid_graph, Title(context.node), " asks for the sizes ",
                     resize.sizes.ToString());
  }
  if (resize.axes.rank() == 0) {
    while (resize.axes.rank() < count) resize.axes.Append(static_cast<std::int64_t>(resize.axes.rank()));
  }
  const bool crops = resize.coordinates == Coordinates::tf_crop_and_resize;
  if (!crops) resize.roi.clear();
  if (resize.axes.rank() == count && (!crops || resize.roi.size() == 2 * count)) return {};
  return MakeError(ErrorCode::model_invalid_graph, Title(context.node), " has ", count, " scales or sizes and ",
                   resize.roi.size(), " numbers of a region for ", resize.axes.rank(), " axes");
}

Status TakeAttributes(ImportContext& context, ResizeAttributes& resize) {
  ALICE_ASSIGN_OR_RETURN(resize.coordinates, TakeOneOf(context, "coordinate_transformation_mode", kCoordinates));
  ALICE_ASSIGN_OR_RETURN(resize.nearest, TakeOneOf(context, "nearest_mode", kNearestModes));
  ALICE_ASSIGN_OR_RETURN(resize.aspect_ratio, TakeOneOf(context, "keep_aspect_ratio_policy", kAspectRatios));
  ALICE_ASSIGN_OR_RETURN(resize.cubic_a, context.given.Float("cubic_coeff_a", resize.cubic_a));
  ALICE_ASSIGN_OR_RETURN(const std::int64_t exclude_outside, context.given.Int("exclude_outside", 0));
  resize.exclude_outside = exclude_outside != 0;
  ALICE_ASSIGN_OR_RETURN(resize.extrapolation, context.given.Float("extrapolation_value", resize.extrapolation));
  ALICE_RETURN_IF_ERROR(context.given.Only("antialias", 0));
  ALICE_ASSIGN_OR_RETURN(resize.axes, context.given.Ints("axes"));
  if (resize.coordinates == Coordinates::tf_crop_and_resize && resize.mode == ResizeMode::nearest) {
    return MakeError(ErrorCode::model_unsupported_attribute, Title(context.node),
                     " crops (tf_crop_and_resize) and takes the nearest pixel, which is not supported");
  }
  return {};
}

}  // namespace

Result<Attributes> ImportResize(ImportContext& context) {
  constexpr std::int64_t kFirstWithSizes = 11;
  ResizeAttributes resize;
  ALICE_ASSIGN_OR_RETURN(resize.mode, TakeOneOf(context, "mode", kResizeModes));
  if (context.opset < kFirstWithSizes) {
    ALICE_ASSIGN_OR_RETURN(resize.scales, TakeFloats(context, 1, "scales"));
    ALICE_RETURN_IF_ERROR(SetOldMeaning(context, resize));
  } else {
    ALICE_RETURN_IF_ERROR(TakeAttributes(context, resize));
    if (resize.coordinates == Coordinates::tf_crop_and_resize) {
      ALICE_ASSIGN_OR_RETURN(resize.roi, TakeFloats(context, 1, "region", 2 * kMaxRank));
    } else if (context.node.inputs.size() > 1) {
      context.node.inputs[1] = {};
    }
    ALICE_ASSIGN_OR_RETURN(resize.scales, TakeFloats(context, 2, "scales"));
    ALICE_ASSIGN_OR_RETURN(const std::vector<std::int64_t> sizes, TakeIntegers(context, 3, "sizes"));
    resize.sizes = Shape(sizes);
  }
  ALICE_RETURN_IF_ERROR(FinishLists(context, resize));
  DropEmptyInputs(context.node);
  return Attributes(std::move(resize));
}

Result<Attributes> ImportUpsample(ImportContext& context) {
  constexpr std::int64_t kFirstWithInput = 9;
  ResizeAttributes resize;
  ALICE_ASSIGN_OR_RETURN(resize.mode, TakeOneOf(context, "mode", kResizeModes));
  if (context.opset < kFirstWithInput) {
    ALICE_ASSIGN_OR_RETURN(resize.scales, context.given.FloatList("scales", kMaxRank));
  } else {
    ALICE_ASSIGN_OR_RETURN(resize.scales, TakeFloats(context, 1, "scales"));
  }
  ALICE_RETURN_IF_ERROR(SetOldMeaning(context, resize));
  ALICE_RETURN_IF_ERROR(FinishLists(context, resize));
  DropEmptyInputs(context.node);
  return Attributes(std::move(resize));
}

}  // namespace alice
