#include "bindings/remote_accelerator.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "bindings/text.h"

namespace alice {
namespace {

using emscripten::val;

/// What a call says went wrong; nothing went wrong where it is empty.
Status StatusOf(const val& complaint) {
  const std::string text = TextOf(complaint);
  if (text.empty()) return {};
  return MakeError(ErrorCode::backend_unavailable, text);
}

double AddressOf(const std::vector<std::byte*>& places) {
  return static_cast<double>(reinterpret_cast<std::size_t>(places.data()));
}

class RemoteSegment final : public AcceleratedSegment {
 public:
  RemoteSegment(val device, const SegmentSpec& spec)
      : device_(std::move(device)),
        is_int8_(std::ranges::any_of(spec.nodes,
                                     [](const SegmentNode& at) { return at.execution == Execution::quantized; })),
        input_of_(PlacesOf(spec.graph->inputs, spec.inputs, spec.roots)),
        output_of_(PlacesOf(spec.graph->outputs, spec.outputs, spec.roots)),
        inputs_(input_of_.size()),
        outputs_(output_of_.size()) {}

  Status Plan(std::int64_t samples) override {
    samples_ = samples;
    return StatusOf(device_.call<val>("plan", static_cast<double>(samples)));
  }
  void SetSamples(std::int64_t samples) override { samples_ = samples; }
  Status Run(const SegmentIo& io) override {
    Gather(io.inputs, input_of_, inputs_);
    Gather(io.outputs, output_of_, outputs_);
    return StatusOf(
        device_.call<val>("run", is_int8_, static_cast<double>(samples_), AddressOf(inputs_), AddressOf(outputs_)));
  }
  [[nodiscard]] std::size_t bytes() const override { return 0; }  // they are on the other engine's books

 private:
  static constexpr std::size_t kNowhere = static_cast<std::size_t>(-1);

  /// For each of `tensors` which of the segment's values it is.
  static std::vector<std::size_t> PlacesOf(const std::vector<ValueId>& tensors, const std::vector<ValueId>& values,
                                           std::span<const ValueId> roots) {
    std::vector<std::size_t> places;
    for (const ValueId id : tensors) {
      const auto found = std::ranges::find(values, roots[static_cast<std::size_t>(id)]);
      places.push_back(found == values.end() ? kNowhere : static_cast<std::size_t>(found - values.begin()));
    }
    return places;
  }
  static void Gather(std::span<std::byte* const> from, const std::vector<std::size_t>& places,
                     std::vector<std::byte*>& to) {
    std::ranges::transform(places, to.begin(),
                           [&](std::size_t place) { return place == kNowhere ? nullptr : from[place]; });
  }

  val device_;
  bool is_int8_;
  std::vector<std::size_t> input_of_, output_of_;
  std::vector<std::byte*> inputs_, outputs_;  ///< where the graph's tensors lie in a run; null where they have no part
  std::int64_t samples_ = 1;
};

class RemoteAccelerator final : public Accelerator {
 public:
  explicit RemoteAccelerator(val device) : device_(std::move(device)), name_(TextOf(device_["renderer"])) {}

  [[nodiscard]] std::string_view device() const override { return name_; }
  [[nodiscard]] bool CanRun(const Graph& /*graph*/, const SegmentNode& /*node*/) const override { return true; }
  Result<std::unique_ptr<AcceleratedSegment>> Compile(const SegmentSpec& spec, MemoryBudget& /*budget*/) override {
    return std::unique_ptr<AcceleratedSegment>(std::make_unique<RemoteSegment>(device_, spec));
  }
  void Lose() override { device_.call<void>("lose"); }
  void Restore() override { device_.call<void>("restore"); }

 private:
  val device_;
  std::string name_;
};

}  // namespace

std::unique_ptr<Accelerator> MakeRemoteAccelerator(const val& device) {
  return std::make_unique<RemoteAccelerator>(device);
}

}  // namespace alice
