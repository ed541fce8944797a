#include "backends/webgl/drawn_segment.h"

#include <GLES3/gl3.h>
#include <algorithm>
#include <cstring>
#include <utility>

#include "base/check.h"
#include "base/flags.h"

namespace alice::webgl {
namespace {

constexpr std::size_t kNever = static_cast<std::size_t>(-1);

std::vector<SymbolicShape> ShapesOf(const Graph& graph, const std::vector<ValueId>& ids) {
  std::vector<SymbolicShape> shapes(ids.size());
  std::ranges::transform(ids, shapes.begin(),
                         [&](ValueId id) { return id == kNoValue ? SymbolicShape{} : graph.value(id).shape; });
  return shapes;
}

void SetShapes(const std::vector<SymbolicShape>& symbolic, std::int64_t samples, std::vector<Shape>& shapes) {
  shapes.resize(symbolic.size());
  for (std::size_t i = 0; i < shapes.size(); ++i) shapes[i] = symbolic[i].At(samples);
}

}  // namespace

/// Gives values and constants their slots while the nodes are compiled.
class DrawnSegment::Builder final : public SegmentBuilder {
 public:
  Builder(const SegmentSpec& spec, DrawnSegment& segment) : spec_(spec), segment_(segment) {
    holds_codes_.assign(spec.graph->values.size(), false);
    for (const SegmentNode& at : spec.nodes) {
      if (at.connection.input_is_codes) holds_codes_[Root(at.node->inputs[0])] = true;
      if (at.connection.output) holds_codes_[Root(at.node->outputs[0])] = true;
    }
  }

  Result<Slot> SlotOf(ValueId id) override {
    const auto root = static_cast<ValueId>(Root(id));
    const Value& value = spec_.graph->value(root);
    if (value.constant) return SlotOfConstant(*value.constant);
    const auto known = std::ranges::find(segment_.fixed_, root, &FixedSlot::id);
    if (known != segment_.fixed_.end()) return static_cast<Slot>(known - segment_.fixed_.begin());
    segment_.fixed_.push_back(
        {.id = root, .shape = value.shape, .element_bytes = holds_codes_[Index(root)] ? 1 : SizeOf(value.dtype)});
    return LastSlot();
  }

  Result<Constant> AddConstant(std::size_t bytes) override {
    // Whole texels are uploaded.
    const std::size_t texel_bytes = std::max<std::size_t>(TexelsOf(bytes), 1) * kTexelBytes;
    ALICE_ASSIGN_OR_RETURN(Buffer buffer, Buffer::Allocate(*segment_.budget_, MemoryKind::textures, texel_bytes));
    segment_.fixed_.push_back({.element_bytes = 1, .constant = std::move(buffer)});
    return Constant{LastSlot(), segment_.fixed_.back().constant.span<std::byte>()};
  }

  Result<const Program*> ProgramOf(const ShaderSpec& spec) override {
    return segment_.context_->programs().Get(ShaderText(spec));
  }

 private:
  [[nodiscard]] std::size_t Root(ValueId id) const { return Index(spec_.roots[Index(id)]); }
  [[nodiscard]] Slot LastSlot() const { return static_cast<Slot>(segment_.fixed_.size()) - 1; }

  Result<Slot> SlotOfConstant(const Tensor& tensor) {
    ALICE_ASSIGN_OR_RETURN(const Constant constant, AddConstant(tensor.bytes()));
    if (tensor.bytes() > 0) std::memcpy(constant.bytes.data(), tensor.view().data, tensor.bytes());
    return constant.slot;
  }

  const SegmentSpec& spec_;
  DrawnSegment& segment_;
  Flags holds_codes_;
};

Result<std::unique_ptr<AcceleratedSegment>> DrawnSegment::Create(const SegmentSpec& spec,
                                                                 std::shared_ptr<Context> context,
                                                                 MemoryBudget& budget) {
  ALICE_RETURN_IF_ERROR(context->Use());
  std::unique_ptr<DrawnSegment> segment(new DrawnSegment(std::move(context), budget));
  segment->generation_ = segment->context_->generation();
  Builder builder(spec, *segment);
  for (const SegmentNode& at : spec.nodes) {
    ALICE_ASSIGN_OR_RETURN(std::unique_ptr<DrawnOp> op, FamilyOf(*spec.graph, at)->compile({*spec.graph, at, builder}));
    segment->nodes_.push_back({.op = std::move(op),
                               .input_shapes = ShapesOf(*spec.graph, at.node->inputs),
                               .output_shapes = ShapesOf(*spec.graph, at.node->outputs),
                               .inputs = {},
                               .outputs = {}});
  }
  for (const ValueId id : spec.inputs) {
    ALICE_ASSIGN_OR_RETURN(segment->inputs_.emplace_back(), builder.SlotOf(id));
  }
  for (const ValueId id : spec.outputs) {
    ALICE_ASSIGN_OR_RETURN(segment->outputs_.emplace_back(), builder.SlotOf(id));
  }
  for (FixedSlot& slot : segment->fixed_) {
    if (!slot.is_constant()) continue;
    const std::size_t texels = slot.constant.bytes() / kTexelBytes;
    ALICE_ASSIGN_OR_RETURN(slot.texture, Texture::Create(segment->context_, budget, texels));
    slot.texture.Upload(slot.constant.data(), texels);
  }
  return std::unique_ptr<AcceleratedSegment>(std::move(segment));
}

void DrawnSegment::SetSamples(std::int64_t samples) {
  draws_.Begin(fixed_.size());
  for (std::size_t slot = 0; slot < fixed_.size(); ++slot) {
    const FixedSlot& fixed = fixed_[slot];
    draws_.SetBytes(static_cast<Slot>(slot), fixed.is_constant()
                                                 ? fixed.constant.bytes()
                                                 : Index(fixed.shape.At(samples).elements()) * fixed.element_bytes);
  }
  for (CompiledNode& node : nodes_) {
    SetShapes(node.input_shapes, samples, node.inputs);
    SetShapes(node.output_shapes, samples, node.outputs);
    node.op->Emit({node.inputs, node.outputs, samples}, draws_);
  }
}

Status DrawnSegment::Plan(std::int64_t samples) {
  ALICE_RETURN_IF_ERROR(context_->Use());
  if (generation_ != context_->generation()) Revive();
  textures_.clear();
  read_back_.clear();
  SetSamples(samples);
  ALICE_RETURN_IF_ERROR(BuildPrograms());
  return TakeTextures();
}

Status DrawnSegment::BuildPrograms() {
  std::vector<const Program*> missing;
  for (const Draw& draw : draws_.draws()) {
    if (!draw.program->is_built()) missing.push_back(draw.program);
  }
  return context_->programs().Build(missing);
}

Status DrawnSegment::TakeTextures() {
  const std::vector<Draw>& draws = draws_.draws();
  std::vector<std::size_t> last_use(draws_.slots(), kNever);
  for (std::size_t i = 0; i < draws.size(); ++i) {
    for (std::size_t source = 0; source < draws[i].source_count; ++source)
      last_use[Index(draws[i].sources[source])] = i;
  }
  for (const Slot slot : outputs_) last_use[Index(slot)] = draws.size();

  texture_of_.assign(draws_.slots(), kNever);
  std::vector<std::size_t> sizes;
  Flags is_free;
  const auto take = [&](Slot slot) {
    const std::size_t texels = draws_.texels(slot);
    std::size_t best = kNever;
    for (std::size_t i = 0; i < sizes.size(); ++i) {
      if (is_free[i] && sizes[i] >= texels && (best == kNever || sizes[i] < sizes[best])) best = i;
    }
    if (best == kNever) {
      best = sizes.size();
      sizes.push_back(texels);
      is_free.push_back(false);
    }
    is_free[best] = false;
    texture_of_[Index(slot)] = best;
  };
  for (const Slot slot : inputs_) take(slot);
  for (std::size_t i = 0; i < draws.size(); ++i) {
    take(draws[i].target);
    for (std::size_t slot = 0; slot < last_use.size(); ++slot) {
      if (last_use[slot] == i && texture_of_[slot] != kNever) is_free[texture_of_[slot]] = true;
    }
  }
  for (const std::size_t texels : sizes) {
    ALICE_ASSIGN_OR_RETURN(textures_.emplace_back(), Texture::Create(context_, *budget_, texels));
  }
  for (const Slot slot : outputs_) {
    ALICE_ASSIGN_OR_RETURN(read_back_.emplace_back(),
                           Buffer::Allocate(*budget_, MemoryKind::textures, Extent::Of(draws_.texels(slot)).bytes(),
                                            Contents::unspecified));
  }
  return {};
}

void DrawnSegment::Revive() {
  generation_ = context_->generation();
  for (Texture& texture : textures_) texture.Recreate();
  for (FixedSlot& slot : fixed_) {
    if (!slot.is_constant()) continue;
    slot.texture.Recreate();
    slot.texture.Upload(slot.constant.data(), slot.texture.texels());
  }
}

const Texture& DrawnSegment::TextureOf(Slot slot) const {
  const bool is_constant = Index(slot) < fixed_.size() && fixed_[Index(slot)].is_constant();
  return is_constant ? fixed_[Index(slot)].texture : textures_[texture_of_[Index(slot)]];
}

void DrawnSegment::Execute(const Draw& draw, const Texture& target, std::size_t texels) const {
  ALICE_DCHECK(texels <= target.texels());
  if (texels == 0) return;
  draw.program->Use(draw.parameters);
  for (std::size_t unit = 0; unit < draw.source_count; ++unit) {
    TextureOf(draw.sources[unit]).BindAsSource(static_cast<int>(unit));
  }
  target.BindAsTarget();
  const Extent extent = Extent::Of(texels);
  glViewport(0, 0, extent.columns, extent.rows);
  glDrawArrays(GL_TRIANGLES, 0, 3);
}

Status DrawnSegment::Run(const SegmentIo& io) {
  ALICE_RETURN_IF_ERROR(context_->Use());
  if (generation_ != context_->generation()) Revive();
  ALICE_RETURN_IF_ERROR(BuildPrograms());
  for (std::size_t i = 0; i < inputs_.size(); ++i) {
    TextureOf(inputs_[i]).Upload(io.inputs[i], draws_.texels(inputs_[i]));
  }
  auto trace = draws_.traces().begin();
  for (std::size_t i = 0; i < draws_.draws().size(); ++i) {
    const Draw& draw = draws_.draws()[i];
    Execute(draw, TextureOf(draw.target), draws_.texels(draw.target));
    if (trace == draws_.traces().end() || trace->draw != i) continue;
    if (io.observer != nullptr && io.observer->LooksAt(trace->node)) ALICE_RETURN_IF_ERROR(Show(*trace, *io.observer));
    ++trace;
  }
  for (std::size_t i = 0; i < outputs_.size(); ++i) {
    if (const std::size_t texels = draws_.texels(outputs_[i]); texels > 0) {
      TextureOf(outputs_[i]).Read(read_back_[i].data(), texels);
    }
  }
  if (context_->IsLost()) return MakeError(ErrorCode::backend_unavailable, "the WebGL context was lost during a run");
  for (std::size_t i = 0; i < outputs_.size(); ++i) {
    std::memcpy(io.outputs[i], read_back_[i].data(), draws_.bytes(outputs_[i]));
  }
  return {};
}

Status DrawnSegment::Show(const ProductTrace& trace, RunObserver& observer) {
  const auto read = [&](const Texture& texture, std::size_t texels) {
    std::vector<std::int32_t> words(Extent::Of(texels).bytes() / sizeof(std::int32_t));
    texture.Read(reinterpret_cast<std::byte*>(words.data()), texels);
    return words;
  };
  const std::size_t quads = (trace.n + 3) / 4;
  ALICE_ASSIGN_OR_RETURN(const Texture target, Texture::Create(context_, *budget_, trace.m * quads));
  ALICE_RETURN_IF_ERROR(context_->programs().Build(std::span(&trace.sums.program, 1)));
  Execute(trace.sums, target, trace.m * quads);
  const std::vector<std::int32_t> sums = read(target, trace.m * quads);
  std::vector<std::int32_t> accumulators;
  for (std::size_t row = 0; row < trace.m; ++row) {
    const std::int32_t* const from = sums.data() + row * quads * 4;
    accumulators.insert(accumulators.end(), from, from + trace.n);
  }
  std::vector<std::int32_t> codes;
  if (trace.codes != kNoSlot) codes = read(TextureOf(trace.codes), draws_.texels(trace.codes));
  const std::vector<std::int32_t> grid = read(TextureOf(trace.grid), draws_.texels(trace.grid));
  std::vector<QParams> qparams;
  for (std::size_t i = 0; i + 3 < draws_.texels(trace.grid) * 4; i += 4) {
    qparams.push_back({std::bit_cast<float>(grid[i]), grid[i + 1]});
  }
  observer.OnInt8Gemm(trace.node, {.first_row = 0,
                                   .m = trace.m,
                                   .n = trace.n,
                                   .k = trace.k,
                                   .a = codes.empty() ? nullptr : reinterpret_cast<const std::uint8_t*>(codes.data()),
                                   .lda = trace.k,
                                   .a_qparams = qparams.data(),
                                   .rows_per_group = trace.rows_per_group,
                                   .accumulators = accumulators.data(),
                                   .column_sums = trace.column_sums,
                                   .by_device = true});
  return {};
}

std::size_t DrawnSegment::bytes() const {
  std::size_t bytes = 0;
  for (const Texture& texture : textures_) bytes += texture.bytes();
  for (const Buffer& buffer : read_back_) bytes += buffer.bytes();
  for (const FixedSlot& slot : fixed_) {
    if (slot.is_constant()) bytes += slot.constant.bytes() + slot.texture.bytes();
  }
  return bytes;
}

}  // namespace alice::webgl
