#include "exec/session.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <utility>

#include "exec/memory_forecast.h"
#include "exec/sample_axis.h"
#include "exec/shared_constants.h"
#include "ir/can_quantize.h"

namespace alice {
namespace {

/// Whether the quantized form of a node finds a range for each sample of what it takes in.
bool FindsRanges(const Node& node) {
  if (!node.quantized || !QuantizesFirstInput(node) || IsFp8(node.quantized->scheme.weights.type)) return false;
  const ActivationScheme& activations = node.quantized->scheme.activations;
  return activations.strategy == Strategy::dynamic && activations.granularity == ActivationGranularity::per_tensor;
}

/// Whether one of two quantized nodes can leave the ranges of its samples to the other.
bool HandsRanges(const Graph& graph, std::size_t maker, std::size_t reader) {
  const auto is_batched = [&](std::size_t node) {
    const SymbolicShape& shape = graph.value(graph.nodes[node].inputs[0]).shape;
    return shape.rank() > 0 && !shape.dims[0].known();
  };
  return FindsRanges(graph.nodes[maker]) && FindsRanges(graph.nodes[reader]) && is_batched(maker) == is_batched(reader);
}

/// Where the ranges of a value begin that has that many elements of f32.
std::uint64_t RangesOffset(std::int64_t elements) {
  return AlignUp(static_cast<std::uint64_t>(elements) * sizeof(float) + kBufferSlack, alignof(MinMax));
}

/// Whether the quantized form of a node can leave codes in its output.
bool GivesCodes(const Node& node) {
  return node.quantized && QuantizesFirstInput(node) &&
         node.quantized->scheme.activations.strategy == Strategy::fixed && !IsFp8(node.quantized->scheme.weights.type);
}

}  // namespace

Result<Session> Session::Create(Graph graph, MemoryBudget& budget, Isa isa, const SessionOptions& options) {
  ALICE_RETURN_IF_ERROR(CheckOpenAxes(graph));
  ShareEqualConstants(graph);
  Session session(std::move(graph), budget, isa, options);
  session.has_batch_axis_ = HasIndependentSamples(session.graph_);
  session.storage_ = AnalyzeStorage(session.graph_);
  session.flow_ = AnalyzeDataFlow(session.graph_, session.storage_);
  ALICE_RETURN_IF_ERROR(session.Compile(options.float_weights));
  ALICE_ASSIGN_OR_RETURN(const Layout layout, session.LayOut(1));
  session.planned_arena_bytes_ = layout.plan.arena_bytes;

  MemoryByKind to_take = session.holdings_.bytes();
  to_take.AddBuffer(MemoryKind::activations, layout.plan.arena_bytes);
  ALICE_RETURN_IF_ERROR(
      CheckFits(session.planned(), to_take.Total(), session.io_bytes_, MemoryToRelease(session.graph_), budget));
  ALICE_RETURN_IF_ERROR(session.holdings_.Take(budget));
  for (Step& step : session.steps_) {
    for (const auto& op : step.ops) {
      if (op) op->Prepare(session.graph_);
    }
  }
  session.data_.resize(session.graph_.values.size());
  session.OpenPorts();
  ALICE_RETURN_IF_ERROR(session.Occupy(layout, 1));
  session.Connect();
  return session;
}

Status Session::Compile(FloatWeights float_weights) {
  step_of_node_.resize(graph_.nodes.size());
  const auto fp32 = float_weights == FloatWeights::decoded ? Execution::decoded : Execution::fp32;
  for (std::size_t index = 0; index < graph_.nodes.size(); ++index) {
    const Node& node = graph_.nodes[index];
    if (IsView(node.kind)) continue;
    Step step;
    step.node = index;
    const auto compile = [&](Execution execution) { return CompileOp(graph_, node, execution, isa_, holdings_); };
    ALICE_ASSIGN_OR_RETURN(step.ops[static_cast<std::size_t>(Precision::fp32)], compile(fp32));
    if (node.quantized) {
      ALICE_ASSIGN_OR_RETURN(step.ops[static_cast<std::size_t>(Precision::int8)], compile(Execution::quantized));
    }
    step.inputs.resize(node.inputs.size());
    step.outputs.resize(node.outputs.size());
    step.input_shapes.resize(node.inputs.size());
    step.output_shapes.resize(node.outputs.size());
    step_of_node_[index] = steps_.size();
    steps_.push_back(std::move(step));
  }
  if (float_weights == FloatWeights::decoded) ReleaseFloatWeights();
  return {};
}

MemoryByKind Session::planned() const {
  MemoryByKind planned = ConstantMemory(graph_);
  planned += holdings_.bytes();
  planned.AddBuffer(MemoryKind::activations, planned_arena_bytes_);
  planned[MemoryKind::io] += io_bytes_;
  return planned;
}

bool Session::RunsQuantized(std::size_t node) const {
  return !IsView(graph_.nodes[node].kind) && StepOf(node).quantized;
}

bool Session::has_int8() const { return std::ranges::any_of(steps_, &Step::quantized); }

void Session::EnableOnly(std::span<const std::size_t> nodes) {
  for (Step& step : steps_) step.enabled = false;
  for (const std::size_t node : nodes) StepOf(node).enabled = true;
  Connect();
}

void Session::SetRange(std::size_t node, QuantRange range) {
  ALICE_CHECK(graph_.nodes[node].quantized.has_value());
  QuantizedForm& form = *graph_.nodes[node].quantized;
  const ActivationScheme& scheme = form.scheme.activations;
  if (scheme.strategy == Strategy::dynamic) {
    form.bound = range;
  } else {
    form.input = scheme.symmetric ? SymmetricU8(std::max(std::abs(range.min), std::abs(range.max)))
                                  : AsymmetricU8(range.min, range.max);
  }
  Connect();
}

void Session::SetInputForm(std::size_t node, std::optional<QParams> input, std::optional<QuantRange> bound) {
  ALICE_CHECK(graph_.nodes[node].quantized.has_value());
  graph_.nodes[node].quantized->input = input;
  graph_.nodes[node].quantized->bound = bound;
  Connect();
}

void Session::Connect() {
  // What a device has compiled goes by the former parameters.
  EndAcceleration();
  for (Step& step : steps_) {
    const std::optional<QuantizedForm>& form = graph_.nodes[step.node].quantized;
    step.quantized = step.enabled && form && (form->scheme.activations.strategy == Strategy::dynamic || form->input);
  }
  // Codes are handed over from one static layer to the next where nothing else reads them.
  for (Step& step : steps_) step.output_codes = CodesAfter(step);
  for (Step& step : steps_) {
    const Node& node = graph_.nodes[step.node];
    if (!node.quantized) continue;
    step.ops[static_cast<std::size_t>(Precision::int8)]->Connect(ConnectionOf(step));
  }
}

Connection Session::ConnectionOf(const Step& step) const {
  const Node& node = graph_.nodes[step.node];
  const std::size_t maker = FlowOf(node.inputs[0]).maker;
  return {.input = node.quantized->input,
          .bound = node.quantized->bound,
          .input_is_codes = maker != DataFlow::kNobody && StepOf(maker).output_codes.has_value(),
          .output = step.output_codes,
          .input_has_ranges =
              maker != DataFlow::kNobody && HandsRanges(graph_, maker, step.node) && StepOf(maker).quantized,
          .gives_ranges = CarriesRanges(node.outputs[0])};
}

bool Session::CarriesRanges(ValueId id) const {
  const DataFlow::Root& flow = FlowOf(id);
  return flow.maker != DataFlow::kNobody && std::ranges::any_of(flow.readers, [&](const DataFlow::Reader& reader) {
           return reader.input == 0 && HandsRanges(graph_, flow.maker, reader.node);
         });
}

MinMax* Session::RangesOf(ValueId id) const {
  if (id == kNoValue || !CarriesRanges(id)) return nullptr;
  std::byte* const data = data_[static_cast<std::size_t>(id)];
  return reinterpret_cast<MinMax*>(data + RangesOffset(ShapeOf(id, max_samples_).elements()));
}

std::optional<QParams> Session::CodesAfter(const Step& step) const {
  const Node& node = graph_.nodes[step.node];
  if (!GivesCodes(node) || !step.quantized) return std::nullopt;
  const DataFlow::Root& output = FlowOf(node.outputs[0]);
  if (output.is_output) return std::nullopt;
  std::optional<QParams> codes;
  for (const DataFlow::Reader& reader : output.readers) {
    const std::optional<QuantizedForm>& next = graph_.nodes[reader.node].quantized;
    const bool takes_codes = reader.input == 0 && QuantizesFirstInput(graph_.nodes[reader.node]) &&
                             StepOf(reader.node).quantized && next->input;
    if (!takes_codes || (codes && *codes != *next->input)) return std::nullopt;
    codes = next->input;
  }
  return codes;
}

Shape Session::ShapeOf(ValueId id, std::int64_t samples) const { return graph_.value(id).shape.At(samples); }

TensorView Session::ViewOf(ValueId id) const {
  return {graph_.value(id).dtype, ShapeOf(id, samples_), data_[static_cast<std::size_t>(id)]};
}

Result<std::uint64_t> Session::BindStep(Step& step, std::int64_t samples) {
  const Node& node = graph_.nodes[step.node];
  for (std::size_t i = 0; i < node.inputs.size(); ++i) {
    if (node.inputs[i] != kNoValue) step.input_shapes[i] = ShapeOf(node.inputs[i], samples);
  }
  for (std::size_t i = 0; i < node.outputs.size(); ++i) step.output_shapes[i] = ShapeOf(node.outputs[i], samples);
  const Binding binding{step.input_shapes, step.output_shapes, samples, threads_.count()};

  std::uint64_t scratch_bytes = 0;
  for (Op* const op : {step.ops[0].get(), step.ops[1].get(), step.other_fp32.get()}) {
    if (op == nullptr) continue;
    auto bytes = op->Bind(binding);
    if (!bytes.ok()) return std::move(bytes).error().At(node.name);
    scratch_bytes = std::max(scratch_bytes, *bytes);
  }
  return scratch_bytes;
}

Status Session::PlanFor(std::int64_t samples) { return samples <= max_samples_ ? Status{} : Replan(samples); }

Status Session::Replan(std::int64_t samples) {
  ALICE_CHECK(samples == 1 || has_batch_axis());
  // Planning binds the operators anew. Whatever ends it, an exception too, they are bound as the plan in force wants them.
  struct Rebind {
    Session& session;
    bool is_needed;
    ~Rebind() {
      if (is_needed) session.BindAll(session.samples_);
    }
  } rebind{*this, max_samples_ > 0};
  ALICE_ASSIGN_OR_RETURN(const Layout layout, LayOut(samples));
  ALICE_RETURN_IF_ERROR(Occupy(layout, samples));
  rebind.is_needed = false;
  return {};
}

Status Session::Share(const Threads& threads) {
  const Threads former = std::exchange(threads_, threads);
  Status planned = Replan(max_samples_);
  if (planned.ok()) return planned;
  threads_ = former;
  BindAll(samples_);
  return planned;
}

Result<Session::Layout> Session::LayOut(std::int64_t samples) {
  Layout layout;
  std::vector<BufferRequest> requests;
  for (std::size_t index = 0; index < graph_.values.size(); ++index) {
    const auto id = static_cast<ValueId>(index);
    const Value& value = graph_.values[index];
    if (value.constant || storage_.root[index] != id) continue;
    const std::int64_t elements = ShapeOf(id, samples).elements();
    std::uint64_t bytes = static_cast<std::uint64_t>(elements) * SizeOf(value.dtype) + kBufferSlack;
    if (CarriesRanges(id)) bytes = RangesOffset(elements) + static_cast<std::uint64_t>(samples) * sizeof(MinMax);
    requests.push_back({bytes, storage_.lifetime[index]});
    layout.owners.push_back(id);
  }
  for (Step& step : steps_) {
    ALICE_ASSIGN_OR_RETURN(const std::uint64_t scratch_bytes, BindStep(step, samples));
    requests.push_back({scratch_bytes, {step.node, step.node}});
  }
  layout.plan = PlanMemory(requests);
  return layout;
}

Status Session::Occupy(const Layout& layout, std::int64_t samples) {
  const std::vector<ValueId>& owners = layout.owners;
  const MemoryPlan& plan = layout.plan;
  ALICE_ASSIGN_OR_RETURN(Buffer arena, Buffer::Allocate(*budget_, MemoryKind::activations, plan.arena_bytes));
  planned_arena_bytes_ = plan.arena_bytes;

  arena_ = std::move(arena);
  std::ranges::fill(data_, nullptr);
  for (std::size_t i = 0; i < owners.size(); ++i) {
    data_[static_cast<std::size_t>(owners[i])] = arena_.data() + plan.offsets[i];
  }
  for (std::size_t index = 0; index < graph_.values.size(); ++index) {
    const ValueId root = storage_.root[index];
    const auto& constant = graph_.value(root).constant;
    data_[index] = constant ? constant->view().data : data_[static_cast<std::size_t>(root)];
  }
  const auto data_of = [&](ValueId id) { return id == kNoValue ? nullptr : data_[static_cast<std::size_t>(id)]; };
  for (std::size_t i = 0; i < steps_.size(); ++i) {
    Step& step = steps_[i];
    const Node& node = graph_.nodes[step.node];
    std::transform(node.inputs.begin(), node.inputs.end(), step.inputs.begin(), data_of);
    std::transform(node.outputs.begin(), node.outputs.end(), step.outputs.begin(), data_of);
    step.scratch = arena_.data() + plan.offsets[owners.size() + i];
  }
  if (!graph_.inputs.empty()) input_.SetHome(DataOf(graph_.inputs[0]));
  if (!graph_.outputs.empty()) output_.SetHome(DataOf(graph_.outputs[0]));
  max_samples_ = samples;
  samples_ = samples;
  for (Step& step : steps_) {
    const Node& node = graph_.nodes[step.node];
    step.input_ranges = RangesOf(node.inputs[0]);
    step.output_ranges = RangesOf(node.outputs[0]);
  }
  acceleration_.Plan(samples);
  return {};
}

Port Session::PortOf(ValueId id) {
  const ValueId root = storage_.root[static_cast<std::size_t>(id)];
  Port port;
  for (std::size_t index = 0; index < data_.size(); ++index) {
    if (storage_.root[index] == root) port.AddPlace(data_[index]);
  }
  for (Step& step : steps_) {
    const Node& node = graph_.nodes[step.node];
    const auto add = [&](const std::vector<ValueId>& values, std::vector<std::byte*>& places) {
      for (std::size_t i = 0; i < values.size(); ++i) {
        if (values[i] != kNoValue && storage_.root[static_cast<std::size_t>(values[i])] == root)
          port.AddPlace(places[i]);
      }
    };
    add(node.inputs, step.inputs);
    add(node.outputs, step.outputs);
  }
  return port;
}

void Session::OpenPorts() {
  if (graph_.inputs.size() == 1) input_ = PortOf(graph_.inputs[0]);
  if (graph_.outputs.size() != 1) return;
  const ValueId output = graph_.outputs[0];
  // Ranges lie behind the value that they are of.
  if (FlowOf(output).maker != DataFlow::kNobody && !CarriesRanges(output)) output_ = PortOf(output);
}

bool Session::TakeInputAt(const std::byte* data) {
  // An input keeps its contents through a run.
  return input_.MoveTo(const_cast<std::byte*>(data));
}

bool Session::LeaveOutputAt(std::byte* data) { return output_.MoveTo(data); }

void Session::SetSamples(std::int64_t samples) {
  ALICE_CHECK(samples >= 1 && samples <= max_samples_);
  if (samples == samples_) return;
  samples_ = samples;
  BindAll(samples);
}

void Session::BindAll(std::int64_t samples) {
  for (Step& step : steps_) ALICE_CHECK(BindStep(step, samples).ok());
  acceleration_.SetSamples(samples);
}

void Session::Run(Precision precision, RunObserver* observer) {
  const bool allows_device = observer == nullptr || observer->AllowsDevice();
  if (allows_device && acceleration_.Has(precision)) return RunAccelerated(precision, observer);
  if (observer != nullptr) return RunObserved(precision, *observer);
  for (const Step& step : steps_) step.op(precision).Run(step.Io(nullptr, threads_));
}

void Session::RunObserved(Precision precision, RunObserver& observer) {
  observer.OnBegin();
  for (const Step& step : steps_) {
    const Node& node = graph_.nodes[step.node];
    if (precision == Precision::fp32 && node.quantized && QuantizesFirstInput(node)) {
      observer.OnInput(step.node, ViewOf(node.inputs[0]));
    }
    step.op(precision).Run(step.Io(&observer, threads_));
    const TensorView output = ViewOf(node.outputs[0]);
    if (precision == Precision::int8 && step.output_codes) {
      observer.OnOutput(step.node, {DType::u8, output.shape, output.data}, step.output_codes);
    } else {
      observer.OnOutput(step.node, output, std::nullopt);
    }
  }
}

std::string_view Session::KernelName(Precision precision) const {
  for (const Step& step : steps_) {
    if (precision == Precision::int8 && !step.quantized) continue;
    if (const std::string_view name = step.op(precision).KernelName(); !name.empty()) return name;
  }
  return {};
}

std::size_t Session::QuantizedBytes(std::size_t node) const {
  if (!graph_.nodes[node].quantized) return 0;
  return StepOf(node).ops[static_cast<std::size_t>(Precision::int8)]->PackedWeightBytes();
}

std::span<std::byte> Session::PackedCodes(std::size_t node) {
  if (!RunsQuantized(node)) return {};
  EndAcceleration();
  return StepOf(node).ops[static_cast<std::size_t>(Precision::int8)]->PackedCodes();
}

}  // namespace alice
