#include "engine/device_fault.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <utility>
#include <vector>

namespace alice {
namespace {

constexpr std::array<std::string_view, 4> kNames{"none", "sum", "element", "sign"};

/// Passes products on with a sum that is off by one.
class FalseWitness final : public RunObserver {
 public:
  explicit FalseWitness(RunObserver& observer) : observer_(&observer) {}

  [[nodiscard]] bool LooksAt(std::size_t node) const override { return observer_->LooksAt(node); }
  void OnInt8Gemm(std::size_t node, const Int8GemmTrace& trace) override {
    std::vector<std::int32_t> sums(trace.accumulators, trace.accumulators + trace.m * trace.n);
    if (!sums.empty()) ++sums.front();
    Int8GemmTrace changed = trace;
    changed.accumulators = sums.data();
    observer_->OnInt8Gemm(node, changed);
  }

 private:
  RunObserver* observer_;
};

/// What lies in an output of a segment.
struct OutputForm {
  SymbolicShape shape;
  DType dtype = DType::f32;
  bool is_codes = false;
};

class FaultySegment final : public AcceleratedSegment {
 public:
  FaultySegment(std::unique_ptr<AcceleratedSegment> sound, const SegmentSpec& spec, const DeviceFault& fault)
      : sound_(std::move(sound)), fault_(&fault) {
    for (const ValueId id : spec.outputs) {
      const Value& value = spec.graph->value(id);
      const bool is_codes = std::ranges::any_of(spec.nodes, [&](const SegmentNode& at) {
        return at.connection.output && spec.roots[Index(at.node->outputs[0])] == id;
      });
      outputs_.push_back({value.shape, value.dtype, is_codes});
    }
  }

  Status Plan(std::int64_t samples) override {
    samples_ = samples;
    return sound_->Plan(samples);
  }
  void SetSamples(std::int64_t samples) override {
    samples_ = samples;
    sound_->SetSamples(samples);
  }
  Status Run(const SegmentIo& io) override {
    if (*fault_ == DeviceFault::sum && io.observer != nullptr) {
      FalseWitness witness(*io.observer);
      return sound_->Run({io.inputs, io.outputs, &witness});
    }
    ALICE_RETURN_IF_ERROR(sound_->Run(io));
    for (std::size_t i = 0; i < outputs_.size(); ++i) Spoil(outputs_[i], io.outputs[i]);
    return {};
  }
  [[nodiscard]] std::size_t bytes() const override { return sound_->bytes(); }

 private:
  void Spoil(const OutputForm& form, std::byte* data) const {
    const std::size_t count = Index(form.shape.At(samples_).elements());
    if (count == 0) return;
    const bool is_float = form.dtype == DType::f32 && !form.is_codes;
    const std::span values(reinterpret_cast<float*>(data), is_float ? count : 0);
    if (*fault_ == DeviceFault::sign) {
      std::ranges::transform(values, values.begin(), [](float value) { return -value; });
    } else if (*fault_ == DeviceFault::element && !is_float) {
      *data ^= std::byte{1};
    } else if (*fault_ == DeviceFault::element) {
      float largest = 0.0f;
      for (const float value : values) largest = std::max(largest, std::abs(value));
      values.front() += largest > 0.0f ? largest / 1000.0f : 1.0f;
    }
  }

  std::unique_ptr<AcceleratedSegment> sound_;
  const DeviceFault* fault_;
  std::vector<OutputForm> outputs_;
  std::int64_t samples_ = 1;
};

}  // namespace

std::optional<DeviceFault> DeviceFaultOf(std::string_view name) {
  const auto* const found = std::ranges::find(kNames, name);
  if (found == kNames.end()) return std::nullopt;
  return static_cast<DeviceFault>(found - kNames.begin());
}

Result<std::unique_ptr<AcceleratedSegment>> FaultyAccelerator::Compile(const SegmentSpec& spec, MemoryBudget& budget) {
  ALICE_ASSIGN_OR_RETURN(std::unique_ptr<AcceleratedSegment> sound, sound_->Compile(spec, budget));
  return std::unique_ptr<AcceleratedSegment>(std::make_unique<FaultySegment>(std::move(sound), spec, fault_));
}

}  // namespace alice
