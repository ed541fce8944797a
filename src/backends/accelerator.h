#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "backends/backend.h"
#include "base/result.h"
#include "ir/graph.h"
#include "tensor/memory_budget.h"

namespace alice {

/// A node that a device is to execute, and how.
struct SegmentNode {
  const Node* node = nullptr;
  std::size_t index = 0;  ///< in the graph
  Execution execution = Execution::fp32;
  Connection connection{};  ///< where it runs quantized
};

/// Neighbouring nodes of a graph that a device executes together; what lies between them never leaves it.
struct SegmentSpec {
  const Graph* graph = nullptr;
  std::span<const ValueId> roots;  ///< of each value, the one whose memory it shares: views are no nodes of a segment
  std::vector<SegmentNode> nodes;
  std::vector<ValueId> inputs;   ///< roots that are read where they lie, without constants
  std::vector<ValueId> outputs;  ///< roots that are left in memory
};

/// Where a run of a segment finds its tensors, in the order of the spec. They hold what the Connections of their makers and
/// readers say: floats, or codes. kBufferSlack bytes behind an input are readable.
struct SegmentIo {
  std::span<std::byte* const> inputs;
  std::span<std::byte* const> outputs;
  RunObserver* observer = nullptr;  ///< is told the INT8 products alone
};

/// A segment, compiled. What a device has lost is taken anew by the next run that finds it there again.
class AcceleratedSegment {
 public:
  AcceleratedSegment() = default;
  AcceleratedSegment(const AcceleratedSegment&) = delete;
  AcceleratedSegment& operator=(const AcceleratedSegment&) = delete;
  virtual ~AcceleratedSegment() = default;

  /// Takes the memory for runs of up to `samples` samples, and sets that number. Errors: budget_exceeded, out_of_memory,
  /// backend_unavailable; the segment cannot run then.
  virtual Status Plan(std::int64_t samples) = 0;
  /// Sets the number of samples of the coming runs. Allocates nothing. Requires 1 ≤ samples ≤ the planned ones.
  virtual void SetSamples(std::int64_t samples) = 0;
  /// Executes the nodes. Outputs are written when nothing can go wrong any more: after an error inputs and outputs are as
  /// before. Errors: backend_unavailable where the device is lost.
  virtual Status Run(const SegmentIo& io) = 0;
  /// Bytes of device memory that it holds, and of the copies of constants for a device that is lost.
  [[nodiscard]] virtual std::size_t bytes() const = 0;
};

/// A device beside the CPU that executes parts of graphs. Outlives the segments that it has compiled.
class Accelerator {
 public:
  Accelerator() = default;
  Accelerator(const Accelerator&) = delete;
  Accelerator& operator=(const Accelerator&) = delete;
  virtual ~Accelerator() = default;

  /// What executes, in the words of the driver.
  [[nodiscard]] virtual std::string_view device() const = 0;
  /// Whether it can execute that node of `graph`.
  [[nodiscard]] virtual bool CanRun(const Graph& graph, const SegmentNode& node) const = 0;
  /// Compiles a segment of nodes that it can execute. The graph's constants are not needed afterwards. `budget` has what the
  /// segment holds. Errors: backend_unavailable, budget_exceeded, out_of_memory.
  virtual Result<std::unique_ptr<AcceleratedSegment>> Compile(const SegmentSpec& spec, MemoryBudget& budget) = 0;

  /// For tests: loses the device with everything on it, and brings it back, as far as that is up to the program.
  virtual void Lose() = 0;
  virtual void Restore() = 0;
};

}  // namespace alice
