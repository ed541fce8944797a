// What a session leaves to a device: which steps, how they run, and whether what comes back is right.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstring>
#include <map>
#include <utility>

#include "exec/session.h"
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

/// The largest difference of two outputs, relative to the largest value of the first; of others than floats 0 or infinite. Where
/// the first is not finite, so must be the second.
double Difference(const TensorView& expected, const std::byte* found, std::size_t bytes) {
  constexpr double kDifferent = std::numeric_limits<double>::infinity();
  if (expected.dtype != DType::f32) return std::memcmp(expected.data, found, bytes) == 0 ? 0.0 : kDifferent;
  const auto values = expected.elements<const float>();
  const auto* const others = reinterpret_cast<const float*>(found);
  double largest = 0.0;
  double difference = 0.0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (!std::isfinite(values[i]) || !std::isfinite(others[i])) {
      if (std::isfinite(values[i]) != std::isfinite(others[i])) return kDifferent;
      continue;
    }
    largest = std::max(largest, std::abs(static_cast<double>(values[i])));
    difference = std::max(difference, std::abs(static_cast<double>(values[i]) - static_cast<double>(others[i])));
  }
  return difference == 0.0 ? 0.0 : difference / largest;
}

/// The mean time of a few runs; of one where that is long enough.
double MeanMs(const auto& run) {
  constexpr int kRuns = 5;
  constexpr double kLong_ms = 10.0;
  const auto begin = std::chrono::steady_clock::now();
  double elapsed_ms = 0.0;
  int runs = 0;
  while (runs < kRuns && elapsed_ms < kLong_ms) {
    run();
    ++runs;
    elapsed_ms = std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin).count();
  }
  return elapsed_ms / runs;
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
  std::vector<bool> runs_there;
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

void Session::RunAccelerated(Precision precision, RunObserver* observer) {
  std::size_t step = 0;
  const auto run_until = [&](std::size_t end) {
    for (; step < end; ++step) steps_[step].op(precision).Run(steps_[step].Io(observer, threads_));
  };
  if (acceleration_.IsDue()) {
    bool went_well = true;
    for (DeviceSegment& segment : acceleration_.Segments(precision)) {
      run_until(segment.steps.first);
      Status ran = RunSegment(segment, observer);
      if (!ran.ok()) {
        acceleration_.Failed(std::move(ran).error());
        went_well = false;
        break;
      }
      step = segment.steps.end;
    }
    if (went_well) acceleration_.Succeeded();
  }
  run_until(steps_.size());
}

Result<AccelerationCheck> Session::CheckAcceleration(Precision precision) {
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
  if (acceleration_.error()) return *acceleration_.error();
  AccelerationCheck check;
  of_cpu.Compare(of_device, check);
  for (std::size_t i = 0; i < graph_.outputs.size(); ++i) {
    TensorView output = Output(i);
    const std::byte* const found = output.data;
    output.data = expected[i].data();
    check.largest_difference = std::max(check.largest_difference, Difference(output, found, expected[i].size()));
  }
  check.device_ms = MeanMs([&] { RunAccelerated(precision, nullptr); });
  check.cpu_ms = MeanMs([&] {
    for (const Step& step : steps_) step.op(precision).Run(step.Io(nullptr, threads_));
  });
  if (acceleration_.error()) return *acceleration_.error();
  return check;
}

}  // namespace alice
