// What a session leaves to a device: which steps, how they run, and whether what comes back is right.
#include <algorithm>
#include <cstring>
#include <limits>
#include <map>
#include <tuple>
#include <utility>

#include "base/flags.h"
#include "exec/session.h"
#include "exec/time_in_turns.h"
#include "kernels/quantize_u8/quantize_u8.h"

namespace alice {
namespace {

/// FNV-1a of bytes that come piece by piece.
class Digest {
 public:
  void Add(const void* data, std::size_t bytes) {
    const auto* const from = static_cast<const std::uint8_t*>(data);
    for (std::size_t i = 0; i < bytes; ++i) hash_ = (hash_ ^ from[i]) * 1099511628211U;
  }
  friend bool operator==(const Digest&, const Digest&) = default;

 private:
  std::uint64_t hash_ = 14695981039346656037U;
};

/// The integers of the INT8 products of a run.
class IntegerDigests final : public RunObserver {
 public:
  void OnInt8Gemm(std::size_t node, const Int8GemmTrace& trace) override {
    Product& product = products_[node];
    product.sums.Add(trace.accumulators, trace.m * trace.n * sizeof(std::int32_t));
    for (std::size_t row = 0; trace.a != nullptr && row < trace.m; ++row) {
      product.codes.Add(trace.a + row * trace.lda, trace.k);
      product.has_codes = true;
    }
  }

  /// Compares the products that both have seen.
  void Compare(const IntegerDigests& other, AccelerationCheck& check) const {
    check.same_integers = true;
    for (const auto& [node, product] : products_) {
      const auto same = other.products_.find(node);
      if (same == other.products_.end()) continue;
      ++check.products;
      const bool has_codes = product.has_codes && same->second.has_codes;
      if (product.sums != same->second.sums || (has_codes && product.codes != same->second.codes)) {
        check.same_integers = false;
      }
    }
  }

 private:
  struct Product {
    Digest sums, codes;
    bool has_codes = false;
  };
  std::map<std::size_t, Product> products_;
};

/// LargestDifference of an output; of others than floats 0 or infinite.
double Difference(const TensorView& expected, const std::byte* found, std::size_t bytes) {
  if (expected.dtype != DType::f32) {
    return std::memcmp(expected.data, found, bytes) == 0 ? 0.0 : std::numeric_limits<double>::infinity();
  }
  const auto values = expected.elements<const float>();
  return LargestDifference(values, {reinterpret_cast<const float*>(found), values.size()});
}

}  // namespace

SegmentSpec Session::SegmentOf(StepRange range, std::span<const SegmentNode> nodes) const {
  SegmentSpec spec{.graph = &graph_, .roots = storage_.root, .nodes = {}, .inputs = {}, .outputs = {}};
  const auto is_inside = [&](std::size_t node) {
    return node != DataFlow::kNobody && step_of_node_[node] >= range.first && step_of_node_[node] < range.end;
  };
  const auto add = [](std::vector<ValueId>& values, ValueId id) {
    if (std::ranges::find(values, id) == values.end()) values.push_back(id);
  };
  for (std::size_t step = range.first; step < range.end; ++step) {
    spec.nodes.push_back(nodes[step]);
    for (const ValueId id : nodes[step].node->inputs) {
      if (id == kNoValue) continue;
      const ValueId root = storage_.root[Index(id)];
      if (!graph_.IsConstant(root) && !is_inside(FlowOf(root).maker)) add(spec.inputs, root);
    }
    const ValueId made = storage_.root[Index(nodes[step].node->outputs[0])];
    const DataFlow::Root& flow = FlowOf(made);
    const auto is_outside = [&](const DataFlow::Reader& reader) { return !is_inside(reader.node); };
    if (flow.is_output || std::ranges::any_of(flow.readers, is_outside)) add(spec.outputs, made);
  }
  return spec;
}

Status Session::Accelerate(Accelerator& accelerator, Precision precision) {
  acceleration_.End(precision);
  if (precision == Precision::fp32 && runs_decoded_) {
    return MakeError(ErrorCode::backend_unavailable, "FP32 has no float weights that it could leave to a device");
  }
  std::vector<SegmentNode> nodes;
  Flags runs_there;
  for (const Step& step : steps_) {
    const bool is_quantized = precision == Precision::int8 && step.quantized;
    nodes.push_back({.node = &graph_.nodes[step.node],
                     .index = step.node,
                     .execution = is_quantized ? Execution::quantized : Execution::fp32,
                     .connection = is_quantized ? ConnectionOf(step) : Connection{}});
    runs_there.push_back(accelerator.CanRun(graph_, nodes.back()));
  }
  std::vector<DeviceSegment> segments;
  for (const StepRange range : Partition(nodes, runs_there)) {
    SegmentSpec spec = SegmentOf(range, nodes);
    DeviceSegment segment{.steps = range,
                          .inputs = {},
                          .outputs = {},
                          .device = nullptr,
                          .input_data = std::vector<std::byte*>(spec.inputs.size()),
                          .output_data = std::vector<std::byte*>(spec.outputs.size())};
    ALICE_ASSIGN_OR_RETURN(segment.device, accelerator.Compile(spec, *budget_));
    ALICE_RETURN_IF_ERROR(segment.device->Plan(max_samples_));
    segment.device->SetSamples(samples_);
    segment.inputs = std::move(spec.inputs);
    segment.outputs = std::move(spec.outputs);
    segments.push_back(std::move(segment));
  }
  if (segments.empty()) {
    return MakeError(ErrorCode::backend_unavailable, "the model has no layer that ", accelerator.device(),
                     " could execute");
  }
  acceleration_.Begin(precision, std::move(segments));
  return {};
}

std::vector<PlanStretch> Session::Plan(Precision precision) const {
  std::vector<PlanStretch> plan;
  const auto add = [&](bool on_device, std::size_t first, std::size_t end) {
    if (first == end) return;
    PlanStretch& stretch = plan.emplace_back();
    stretch.on_device = on_device;
    for (std::size_t step = first; step < end; ++step) stretch.nodes.push_back(steps_[step].node);
  };
  std::size_t step = 0;
  for (const DeviceSegment& segment : acceleration_.Segments(precision)) {
    add(false, step, segment.steps.first);
    add(true, segment.steps.first, segment.steps.end);
    step = segment.steps.end;
  }
  add(false, step, steps_.size());
  return plan;
}

Status Session::RunSegment(DeviceSegment& segment, RunObserver* observer) {
  std::ranges::transform(segment.inputs, segment.input_data.begin(), [&](ValueId id) { return DataOf(id); });
  std::ranges::transform(segment.outputs, segment.output_data.begin(), [&](ValueId id) { return DataOf(id); });
  ALICE_RETURN_IF_ERROR(segment.device->Run({segment.input_data, segment.output_data, observer}));
  // Operators of the CPU go by the ranges that the maker of a value leaves.
  for (const ValueId id : segment.outputs) {
    MinMax* const ranges = RangesOf(id);
    if (ranges == nullptr) continue;
    const Node& maker = graph_.nodes[FlowOf(id).maker];
    const bool is_batched = !graph_.value(maker.inputs[0]).shape.dims[0].known();
    const std::size_t groups = is_batched ? Index(samples_) : 1;
    const std::size_t elements = Index(ShapeOf(id, samples_).elements()) / groups;
    const auto* const values = reinterpret_cast<const float*>(DataOf(id));
    for (std::size_t i = 0; i < groups; ++i) {
      ranges[i] = SelectMinMaxF32(isa_).run(values + i * elements, elements);
    }
  }
  return {};
}

void Session::RunSteps(Precision precision, std::size_t end, RunObserver* observer, std::size_t& step) {
  for (; step < end; ++step) steps_[step].op(precision).Run(steps_[step].Io(observer, threads_));
}

void Session::RunOnCpu(Precision precision, RunObserver* observer) {
  if (observer != nullptr) return RunObserved(precision, *observer);
  std::size_t step = 0;
  RunSteps(precision, steps_.size(), nullptr, step);
}

Status Session::RunSegments(Precision precision, RunObserver* observer, std::size_t& step) {
  for (DeviceSegment& segment : acceleration_.Segments(precision)) {
    RunSteps(precision, segment.steps.first, observer, step);
    ALICE_RETURN_IF_ERROR(RunSegment(segment, observer));
    step = segment.steps.end;
  }
  acceleration_.Succeeded();
  return {};
}

void Session::RunAccelerated(Precision precision, RunObserver* observer) {
  std::size_t step = 0;
  if (acceleration_.IsDue()) {
    Status ran = RunSegments(precision, observer, step);
    if (!ran.ok()) acceleration_.Failed(std::move(ran).error());
  }
  RunSteps(precision, steps_.size(), observer, step);
}

Status Session::RunOnDevice(Precision precision) {
  if (!acceleration_.Has(precision)) {
    return MakeError(ErrorCode::backend_unavailable, "the model has no part on a device in that precision");
  }
  if (!acceleration_.HasPlan()) return OwnedError(*acceleration_.error());
  std::size_t step = 0;
  ALICE_RETURN_IF_ERROR(RunSegments(precision, nullptr, step));
  RunSteps(precision, steps_.size(), nullptr, step);
  return {};
}

Result<AccelerationCheck> Session::CheckAcceleration(Precision precision, RunObserver* on_cpu) {
  ALICE_CHECK(acceleration_.Has(precision));
  IntegerDigests of_cpu, of_device;
  RunObserved(precision, of_cpu);
  std::vector<std::vector<std::byte>> expected;
  for (std::size_t i = 0; i < graph_.outputs.size(); ++i) {
    const TensorView output = Output(i);
    const std::size_t bytes = Index(output.shape.elements()) * SizeOf(output.dtype);
    expected.emplace_back(output.data, output.data + bytes);
    // What the device does not leave there must not look right.
    if (FlowOf(graph_.outputs[i]).maker != DataFlow::kNobody) std::memset(output.data, 0, bytes);
  }
  RunAccelerated(precision, &of_device);
  if (acceleration_.error()) return OwnedError(*acceleration_.error());
  AccelerationCheck check;
  of_cpu.Compare(of_device, check);
  for (std::size_t i = 0; i < graph_.outputs.size(); ++i) {
    TensorView output = Output(i);
    const std::byte* const found = output.data;
    output.data = expected[i].data();
    check.largest_difference = std::max(check.largest_difference, Difference(output, found, expected[i].size()));
  }
  std::tie(check.device_ms, check.cpu_ms) =
      TimeInTurns([&] { RunAccelerated(precision, nullptr); }, [&] { RunOnCpu(precision, on_cpu); });
  if (acceleration_.error()) return OwnedError(*acceleration_.error());
  return check;
}

}  // namespace alice
