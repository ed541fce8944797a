// Pad, Gather and Resize to the nearest element: along each axis a table says where elements come from.
#include <algorithm>
#include <cstring>
#include <vector>

#include "backends/cpu/resize_coordinates.h"
#include "backends/webgl/drawn_op.h"

namespace alice::webgl {
namespace {

/// Where the places of an axis come from, −1 from nowhere; nothing where each stays where it is. Axes are those of a tensor
/// whose leading axis alone may depend on the number of samples.
struct MovedAxis {
  Dim from;
  std::vector<std::int64_t> places{};
};
struct Movement {
  std::vector<MovedAxis> axes;
  float value = 0.0f;  ///< what is nowhere
};
using MovementOf = Movement (*)(const Graph& graph, const Node& node);

std::size_t FromFront(std::int64_t axis, std::size_t rank) { return Index(axis < 0 ? axis + AxisSize(rank) : axis); }

std::vector<MovedAxis> AxesOf(const SymbolicShape& shape) {
  std::vector<MovedAxis> axes(shape.rank());
  std::ranges::transform(shape.dims, axes.begin(), [](const Dim& dim) { return MovedAxis{dim}; });
  return axes;
}

std::int64_t SourceOf(PadMode mode, std::int64_t place, std::int64_t size) {
  if (place >= 0 && place < size) return place;
  if (mode == PadMode::constant) return -1;
  if (mode == PadMode::edge) return std::clamp<std::int64_t>(place, 0, size - 1);
  const std::int64_t period = mode == PadMode::wrap ? size : std::max<std::int64_t>(2 * (size - 1), 1);
  const std::int64_t rest = (place % period + period) % period;
  return rest < size ? rest : period - rest;
}

Movement PadMovement(const Graph& graph, const Node& node) {
  const auto& pad = std::get<PadAttributes>(node.attributes);
  Movement movement{AxesOf(graph.value(node.inputs[0]).shape), pad.value};
  for (std::size_t i = 0; i < pad.axes.rank(); ++i) {
    MovedAxis& axis = movement.axes[FromFront(pad.axes[i], movement.axes.size())];
    if (pad.begins[i] == 0 && pad.ends[i] == 0) continue;
    for (std::int64_t place = -pad.begins[i]; place < axis.from.size + pad.ends[i]; ++place) {
      axis.places.push_back(SourceOf(pad.mode, place, axis.from.size));
    }
  }
  return movement;
}

template <typename T>
std::vector<std::int64_t> PlacesOf(const Value& indices, std::int64_t size) {
  std::vector<std::int64_t> places;
  for (const T index : indices.constant->elements<const T>()) {
    places.push_back(std::clamp<std::int64_t>(index < 0 ? index + size : index, 0, size - 1));
  }
  return places;
}

Movement GatherMovement(const Graph& graph, const Node& node) {
  Movement movement{AxesOf(graph.value(node.inputs[0]).shape)};
  MovedAxis& axis = movement.axes[FromFront(std::get<GatherAttributes>(node.attributes).axis, movement.axes.size())];
  const Value& indices = graph.value(node.inputs[1]);
  axis.places = indices.dtype == DType::i32 ? PlacesOf<std::int32_t>(indices, axis.from.size)
                                            : PlacesOf<std::int64_t>(indices, axis.from.size);
  return movement;
}

Movement ResizeMovement(const Graph& graph, const Node& node) {
  const auto& resize = std::get<ResizeAttributes>(node.attributes);
  const SymbolicShape& shape = graph.value(node.inputs[0]).shape;
  Movement movement{AxesOf(shape)};
  Shape sizes;
  for (const Dim& dim : shape.dims) sizes.Append(dim.known() ? dim.size : -1);
  const auto resized = ResizedAxes(resize, sizes);
  ALICE_CHECK(resized.ok());
  for (std::size_t i = 0; i < movement.axes.size(); ++i) {
    const ResizedAxis& axis = (*resized)[i];
    for (std::int64_t place = 0; axis.moves && place < axis.to; ++place) {
      movement.axes[i].places.push_back(NearestPlace(resize, axis, place));
    }
  }
  return movement;
}

// The axes, three parameters each: size, the stride in the input, and where its table begins, whose entries are offsets; −1
// without one.
constexpr std::string_view kIndexedBody = R"(
int OffsetOf(int i) {
  int at = 0;
  for (int axis = RANK - 1; axis >= 0; --axis) {
    int size = p[3 + 3 * axis];
    int before = i / size;
    int place = i - before * size;
    int table = p[5 + 3 * axis];
    int part = table < 0 ? place * p[4 + 3 * axis] : Word(places, table + place);
    if (part < 0) return -1;
    at += part;
    i = before;
  }
  return at;
}
float Element(int i) {
  int at = OffsetOf(i);
  return at < 0 ? Real(VALUE) : Float(values, at);
}
vec4 Quad(int i) {
  int at = OffsetOf(i << 2);
  return at < 0 ? vec4(Real(VALUE)) : Floats(values, at);
}
)";

template <MovementOf movement_of>
class IndexedOp final : public DrawnOp {
 public:
  static CompiledDraws Create(const DrawContext& context) {
    auto op = std::make_unique<IndexedOp>();
    const Movement movement = movement_of(context.graph, context.node());
    op->value_ = movement.value;
    std::vector<std::int32_t> table;
    std::int64_t stride = 1;
    for (std::size_t i = movement.axes.size(); i-- > 0;) {
      const auto& [from, places] = movement.axes[i];
      Axis& axis = op->axes_.emplace_back();
      axis.stride = stride;
      axis.size = from.known() ? from.size : kOfSamples;
      if (!places.empty()) {
        axis.size = AxisSize(places.size());
        axis.table = AxisSize(table.size());
        std::ranges::transform(places, std::back_inserter(table), [&](std::int64_t place) {
          return static_cast<std::int32_t>(place < 0 ? -1 : place * stride);
        });
      }
      stride *= from.size;
    }
    std::ranges::reverse(op->axes_);
    ALICE_ASSIGN_OR_RETURN(op->x_, context.InputSlot(0));
    ALICE_ASSIGN_OR_RETURN(op->y_, context.OutputSlot());
    ALICE_ASSIGN_OR_RETURN(const SegmentBuilder::Constant places,
                           context.builder.AddConstant(table.size() * sizeof(std::int32_t)));
    if (!table.empty()) std::memcpy(places.bytes.data(), table.data(), table.size() * sizeof(std::int32_t));
    op->places_ = places.slot;
    const Axis& inner = op->axes_.back();
    const bool moves_quads = inner.table < 0 && inner.size != kOfSamples && inner.size % 4 == 0;
    ALICE_ASSIGN_OR_RETURN(op->program_, context.builder.ProgramOf({.draws = moves_quads ? Draws::quads : Draws::floats,
                                                                    .sources = {"values", "places"},
                                                                    .parameters = {"RANK", "VALUE"},
                                                                    .body = kIndexedBody}));
    return std::unique_ptr<DrawnOp>(std::move(op));
  }

  void Emit(const Binding& binding, DrawList& draws) const override {
    std::array<std::int64_t, 2 + 3 * kMaxRank> parameters{AxisSize(axes_.size()), Bits(value_)};
    for (std::size_t i = 0; i < axes_.size(); ++i) {
      const auto& [size, stride, table] = axes_[i];
      parameters[2 + 3 * i] = size == kOfSamples ? binding.inputs[0][i] : size;
      parameters[3 + 3 * i] = stride;
      parameters[4 + 3 * i] = table;
    }
    draws.Add(program_, y_, {x_, places_}, ParametersOf(Index(binding.outputs[0].elements()), parameters));
  }

 private:
  static constexpr std::int64_t kOfSamples = -1;
  struct Axis {
    std::int64_t size = 0, stride = 0, table = -1;
  };

  std::vector<Axis> axes_;
  float value_ = 0.0f;
  Slot x_ = kNoSlot, y_ = kNoSlot, places_ = kNoSlot;
  const Program* program_ = nullptr;
};

/// Whether that axis of the first input is of a size that is known.
bool IsKnown(const Graph& graph, const Node& node, std::int64_t axis) {
  const auto& dims = graph.value(node.inputs[0]).shape.dims;
  return dims[FromFront(axis, dims.size())].known();
}

bool HasElements(const Graph& graph, const Node& node) {
  const auto& dims = graph.value(node.inputs[0]).shape.dims;
  return !dims.empty() && std::ranges::none_of(dims, [](const Dim& dim) { return dim == Dim::Known(0); });
}

bool CanDrawPad(const Graph& graph, const SegmentNode& at) {
  const Node& node = *at.node;
  const auto& pad = std::get<PadAttributes>(node.attributes);
  const bool has_value = node.inputs.size() > 2 && node.inputs[2] != kNoValue;
  if (!IsFloat(graph, node) || has_value || !HasElements(graph, node)) return false;
  for (std::size_t i = 0; i < pad.axes.rank(); ++i) {
    if ((pad.begins[i] != 0 || pad.ends[i] != 0) && !IsKnown(graph, node, pad.axes[i])) return false;
  }
  return true;
}

bool CanDrawGather(const Graph& graph, const SegmentNode& at) {
  const Node& node = *at.node;
  const bool is_float = graph.value(node.inputs[0]).dtype == DType::f32;
  return is_float && graph.IsConstant(node.inputs[1]) && HasElements(graph, node) &&
         !graph.value(node.inputs[1]).constant->released() &&
         IsKnown(graph, node, std::get<GatherAttributes>(node.attributes).axis);
}

bool CanDrawResize(const Graph& graph, const SegmentNode& at) {
  const auto& resize = std::get<ResizeAttributes>(at.node->attributes);
  return resize.mode == ResizeMode::nearest && IsFloat(graph, *at.node) && HasElements(graph, *at.node);
}

}  // namespace

const DrawnFamily kPad{CanDrawPad, IndexedOp<PadMovement>::Create};
const DrawnFamily kGather{CanDrawGather, IndexedOp<GatherMovement>::Create};
const DrawnFamily kResize{CanDrawResize, IndexedOp<ResizeMovement>::Create};

}  // namespace alice::webgl
