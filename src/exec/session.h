#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "backends/accelerator.h"
#include "backends/backend.h"
#include "backends/holdings.h"
#include "base/result.h"
#include "exec/acceleration.h"
#include "exec/data_flow.h"
#include "exec/lifetimes.h"
#include "exec/memory_planner.h"
#include "exec/port.h"
#include "ir/graph.h"
#include "kernels/isa.h"
#include "tensor/buffer.h"

namespace alice {

/// What FP32 takes the weights of quantized nodes from.
enum class FloatWeights : std::uint8_t {
  kept,     ///< their constants
  decoded,  ///< their codes, tile by tile at every run; the constants are freed
};

struct SessionOptions {
  FloatWeights float_weights = FloatWeights::kept;
  /// Bytes of the budget that the owner is going to hold in rows of inputs and outputs.
  std::uint64_t io_bytes = 0;
};

/// A graph made ready to run: operators compiled, weights packed once, activations and scratch in one planned
/// arena. Both precisions run over the same plan. A run allocates nothing. What it holds is summed before any of it is
/// taken; equal constants, and the packed weights of nodes that have the same codes, are held once.
///
/// The only symbolic axis allowed is the leading one of the inputs: the number of samples of a run. It is 1 unless the
/// samples are independent of each other (sample_axis.h).
class Session {
 public:
  /// Compiles `graph`, which must be in the form that Optimize gives, and plans for one sample. Errors: those of
  /// CompileOp; shape_unresolved for symbolic axes elsewhere; budget_exceeded, before anything is packed, where `planned`
  /// does not fit; out_of_memory.
  static Result<Session> Create(Graph graph, MemoryBudget& budget, Isa isa, const SessionOptions& options = {});

  Session(Session&&) = default;
  Session& operator=(Session&&) = default;

  [[nodiscard]] const Graph& graph() const { return graph_; }
  [[nodiscard]] Isa isa() const { return isa_; }
  [[nodiscard]] MemoryBudget& budget() const { return *budget_; }
  /// How many operators a run executes.
  [[nodiscard]] std::size_t steps() const { return steps_.size(); }
  /// Whether any node runs quantized in Precision::int8.
  [[nodiscard]] bool has_int8() const;
  /// Whether that node does: it has a quantized form, is enabled, and its range is known if that is static.
  [[nodiscard]] bool RunsQuantized(std::size_t node) const;

  /// Lets Precision::int8 run these nodes quantized, of those that have a quantized form (at first: all), and the others
  /// as FP32 does. Allocates nothing.
  void EnableOnly(std::span<const std::size_t> nodes);
  /// Takes a node's quantized form away for good, with its memory: it runs in FP32, and is written so. Requires its float
  /// weights, and that FP32 takes them.
  void KeepFloat(std::size_t node);
  /// Compiles the other way for FP32 to run quantized nodes, with decoded weights, beside the one there is. Errors:
  /// budget_exceeded, out_of_memory.
  Status CompileDecoded();
  /// Whether Precision::fp32 runs them so. Requires CompileDecoded. Allocates nothing.
  void RunDecoded(bool decoded);
  /// Leaves only that way, and frees the float weights that nobody else reads. Requires CompileDecoded.
  void DropFloatWeights();
  /// The range that calibration found for what a node with a quantized form quantizes: what static activations are
  /// quantized with, and where dynamic ones are clipped. Allocates nothing.
  void SetRange(std::size_t node, QuantRange range);
  /// What came of a range that was found elsewhere: the form's `input` and `bound`. Allocates nothing.
  void SetInputForm(std::size_t node, std::optional<QParams> input, std::optional<QuantRange> bound);
  /// Packs the float weights that FP32's products, and nobody else, read: faster, and no larger. Without room
  /// to rearrange the largest of them they stay as they are. Of `quantized`, those alone that quantized nodes have codes of:
  /// the graph can then still be written, but such a node not be kept in float any more.
  enum class Packable : std::uint8_t { all, quantized };
  void PackFloatWeights(Packable packable = Packable::all);
  /// Frees the codes of quantized weights, which the compiled operators hold packed, but for those that are also an input
  /// of a node or an output of the graph: the graph can then not be written.
  void ReleaseCodes();

  /// Compiles those parts of the plan that `accelerator` can execute, for the precisions that it is asked for, which the
  /// coming runs then leave to it (but for those that are observed by who does not allow that). Whatever fails there, then or in a run, is left to the
  /// operators as before: a run always gives its answer. Requires that codes and float weights are still there, and that ranges
  /// do not change any more. Errors: backend_unavailable, also where there is nothing that it can do; budget_exceeded,
  /// out_of_memory; the session is then as before.
  Status Accelerate(Accelerator& accelerator, Precision precision);
  /// Runs what is in the inputs with the accelerator and without, and compares; `on_cpu`, or null, looks on while the latter is
  /// timed. Requires acceleration of that precision. Errors: those of the accelerator.
  Result<AccelerationCheck> CheckAcceleration(Precision precision, RunObserver* on_cpu = nullptr);
  /// Executes every node, with the device or not at all. Errors: those of the accelerator; backend_unavailable where that
  /// precision is not accelerated.
  Status RunOnDevice(Precision precision);
  /// Ends it, and gives its memory back.
  void EndAcceleration() { acceleration_ = {}; }
  void EndAcceleration(Precision precision) { acceleration_.End(precision); }
  /// Ends it for good, and says why (Acceleration::error).
  void DistrustDevice(OwnedError error) { acceleration_.Distrust(std::move(error)); }
  [[nodiscard]] const Acceleration& acceleration() const { return acceleration_; }
  /// What executes the operators of a run, in order.
  [[nodiscard]] std::vector<PlanStretch> Plan(Precision precision) const;

  /// Shares the work of the coming runs among these threads (but for those that are observed); their answers stay the same,
  /// bit for bit. Plans anew, as each thread has scratch of its own. Errors: budget_exceeded, out_of_memory; the session is
  /// then as before.
  Status Share(const Threads& threads);
  /// The same for some of the threads that are planned for; allocates nothing.
  void UsePlanned(const Threads& threads) { threads_ = threads; }
  [[nodiscard]] const Threads& threads() const { return threads_; }

  /// Plans memory for runs of up to `samples` samples; keeps the present plan when that is enough. What Input
  /// and Output gave before is void afterwards, their contents are lost. Errors: budget_exceeded,
  /// out_of_memory; the former plan then stays in force.
  Status PlanFor(std::int64_t samples);
  /// The same, for exactly `samples`: gives back what a larger plan held.
  Status Replan(std::int64_t samples);
  /// Sets the number of samples of the coming runs. Allocates nothing. Requires 1 ≤ samples ≤ max_samples(),
  /// and samples = 1 without a batch axis.
  void SetSamples(std::int64_t samples);
  [[nodiscard]] std::int64_t max_samples() const { return max_samples_; }
  /// Whether a run can take any number of samples: see HasIndependentSamples.
  [[nodiscard]] bool has_batch_axis() const { return has_batch_axis_; }

  /// The memory of graph input or output `index`, for the present number of samples. Inputs keep their
  /// contents through a run.
  [[nodiscard]] TensorView Input(std::size_t index) const { return ViewOf(graph_.inputs[index]); }
  [[nodiscard]] TensorView Output(std::size_t index) const { return ViewOf(graph_.outputs[index]); }
  /// Where these begin.
  [[nodiscard]] std::byte* InputData(std::size_t index) const { return DataOf(graph_.inputs[index]); }
  [[nodiscard]] std::byte* OutputData(std::size_t index) const { return DataOf(graph_.outputs[index]); }
  /// The coming runs take the graph's only input from `data`, or leave its only output there, instead of in the arena, for
  /// the present number of samples; null is the arena again, as is another plan. kBufferSlack bytes behind an input are
  /// readable. Gives whether that is possible: it is not for one of several, nor for an output that is an input or a constant.
  /// Allocates nothing.
  bool TakeInputAt(const std::byte* data);
  bool LeaveOutputAt(std::byte* data);

  /// Executes every node in order.
  void Run(Precision precision, RunObserver* observer = nullptr);

  /// The kernel of the first product that the coming runs in that precision execute so; empty without one. In int8, of those
  /// that run quantized.
  [[nodiscard]] std::string_view KernelName(Precision precision) const;
  /// Bytes of the packed weights of that node with scales, zero points and column sums; 0 where it has no quantized form.
  [[nodiscard]] std::size_t QuantizedBytes(std::size_t node) const;
  /// The packed codes of those weights as the coming runs read them; empty where there are none. A device would not see what
  /// becomes of them: its part ends.
  [[nodiscard]] std::span<std::byte> PackedCodes(std::size_t node);
  [[nodiscard]] std::size_t arena_bytes() const { return arena_.bytes(); }
  /// What the session takes of the budget for each kind, codes released, and the rows of its owner: as it was planned, not
  /// as it was measured.
  [[nodiscard]] MemoryByKind planned() const;
  [[nodiscard]] std::uint64_t planned_arena_bytes() const { return planned_arena_bytes_; }
  /// Bytes of the packed INT8 weights with scales and column sums, and of the float weights of the same
  /// layers. What layers share counts once.
  [[nodiscard]] std::size_t int8_weight_bytes() const;
  [[nodiscard]] std::size_t fp32_weight_bytes() const;

 private:
  struct Step {
    std::size_t node = 0;
    std::array<std::unique_ptr<Op>, kPrecisions> ops;  ///< int8 is null where it is the same as fp32
    std::unique_ptr<Op> other_fp32;                    ///< that CompileDecoded has made, or the one it stands in for
    std::vector<std::byte*> inputs;
    std::vector<std::byte*> outputs;
    std::vector<Shape> input_shapes;  ///< for the present number of samples
    std::vector<Shape> output_shapes;
    std::byte* scratch = nullptr;
    MinMax* input_ranges = nullptr;  ///< of the first input, where it carries any; so the output
    MinMax* output_ranges = nullptr;
    bool enabled = true;                  ///< whether Precision::int8 is to run it quantized
    bool quantized = false;               ///< whether it does
    std::optional<QParams> output_codes;  ///< what Precision::int8 leaves in the output, where that is codes

    [[nodiscard]] Op& op(Precision precision) const {
      return *ops[static_cast<std::size_t>(quantized ? precision : Precision::fp32)];
    }
    /// Who looks on sees what one thread does, in order.
    [[nodiscard]] OpIo Io(RunObserver* observer, const Threads& threads) const {
      return {inputs.data(), outputs.data(), scratch,  input_ranges,
              output_ranges, node,           observer, observer == nullptr ? threads : Threads()};
    }
  };

  /// Where everything goes for a number of samples.
  struct Layout {
    MemoryPlan plan;
    std::vector<ValueId> owners;  ///< the values whose memory comes first in the plan; then each step's scratch
  };

  Session(Graph graph, MemoryBudget& budget, Isa isa, const SessionOptions& options)
      : graph_(std::move(graph)), budget_(&budget), isa_(isa), io_bytes_(options.io_bytes) {}

  Status Compile(FloatWeights float_weights);
  /// Frees the float weights of quantized nodes, but those that somebody else reads.
  void ReleaseFloatWeights();
  /// Whether all who read these weights can read them packed.
  [[nodiscard]] bool CanPack(ValueId weights) const;
  /// Tells every quantized operator its parameters, and which neighbours exchange codes.
  void Connect();
  /// The codes that Precision::int8 leaves in the output of a step: those that all of its readers take, if they do.
  [[nodiscard]] std::optional<QParams> CodesAfter(const Step& step) const;
  /// Whether memory is kept, behind the value's own, for the range of each of its samples: the node that makes it is to find
  /// them, and one that reads it goes by them.
  [[nodiscard]] bool CarriesRanges(ValueId id) const;
  [[nodiscard]] MinMax* RangesOf(ValueId id) const;
  [[nodiscard]] const DataFlow::Root& FlowOf(ValueId id) const {
    return flow_.roots[static_cast<std::size_t>(storage_.root[static_cast<std::size_t>(id)])];
  }
  /// The step of a node that is no view.
  [[nodiscard]] Step& StepOf(std::size_t node) { return steps_[step_of_node_[node]]; }
  [[nodiscard]] const Step& StepOf(std::size_t node) const { return steps_[step_of_node_[node]]; }
  /// Binds every operator for that number of samples and plans the arena. Takes no memory.
  Result<Layout> LayOut(std::int64_t samples);
  /// Takes the arena. Errors: budget_exceeded, out_of_memory; the former layout then stays in force.
  Status Occupy(const Layout& layout, std::int64_t samples);
  /// Finds what refers to an input and an output that may lie elsewhere.
  void OpenPorts();
  [[nodiscard]] Port PortOf(ValueId id);
  /// Binds every operator for a number of samples that is known to work.
  void BindAll(std::int64_t samples);
  /// Binds one operator; gives the scratch bytes it needs.
  Result<std::uint64_t> BindStep(Step& step, std::int64_t samples);
  void RunObserved(Precision precision, RunObserver& observer);
  [[nodiscard]] Connection ConnectionOf(const Step& step) const;
  /// The steps [first, end) as a segment for a device.
  [[nodiscard]] SegmentSpec SegmentOf(StepRange range, std::span<const SegmentNode> nodes) const;
  void RunAccelerated(Precision precision, RunObserver* observer);
  /// The segments with the steps before each; `step` is then the one that comes next, also after an error.
  Status RunSegments(Precision precision, RunObserver* observer, std::size_t& step);
  /// The steps from `step` to `end` on the CPU.
  void RunSteps(Precision precision, std::size_t end, RunObserver* observer, std::size_t& step);
  void RunOnCpu(Precision precision, RunObserver* observer);
  Status RunSegment(DeviceSegment& segment, RunObserver* observer);
  [[nodiscard]] Shape ShapeOf(ValueId id, std::int64_t samples) const;
  [[nodiscard]] TensorView ViewOf(ValueId id) const;
  [[nodiscard]] std::byte* DataOf(ValueId id) const { return data_[static_cast<std::size_t>(id)]; }

  Graph graph_;
  MemoryBudget* budget_;
  Isa isa_;
  std::uint64_t io_bytes_;
  Holdings holdings_;
  std::vector<Step> steps_;
  std::vector<std::size_t> step_of_node_;
  ValueStorage storage_;
  DataFlow flow_;
  Buffer arena_;
  std::uint64_t planned_arena_bytes_ = 0;
  std::vector<std::byte*> data_;  ///< of each value
  Port input_, output_;
  std::int64_t max_samples_ = 0;
  std::int64_t samples_ = 1;
  bool has_batch_axis_ = false;
  bool runs_decoded_ = false;
  Threads threads_;
  Acceleration acceleration_;
};

}  // namespace alice
