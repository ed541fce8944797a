#include <cstddef>
#include <cstdint>
#include <span>

#include "base/check.h"
#include "ir/shape_inference.h"
#include "ir/verify.h"
#include "onnx/reader.h"
#include "onnx/writer.h"
#include "passes/pipeline.h"

namespace alice {
namespace {

constexpr std::size_t kBudgetBytes = 16U << 20;

/// What is read and can be written again reads as well, and a graph that the passes accept still verifies.
void ReadWriteOptimize(std::span<const std::byte> bytes, MemoryBudget& budget) {
  Result<Graph> graph = ReadOnnx(bytes, budget);
  if (!graph.ok()) return;
  if (!InferShapes(*graph).ok()) return;
  if (const Result<std::vector<std::byte>> written = WriteOnnx(*graph); written.ok()) {
    const Result<Graph> again = ReadOnnx(written.value(), budget);
    ALICE_CHECK(again.ok() || again.error().code == ErrorCode::budget_exceeded ||
                again.error().code == ErrorCode::model_limit);
  }
  if (Optimize(*graph, budget).ok()) ALICE_CHECK(Verify(*graph).ok());
}

}  // namespace
}  // namespace alice

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  alice::MemoryBudget budget(alice::kBudgetBytes);
  alice::ReadWriteOptimize(std::as_bytes(std::span(data, size)), budget);
  ALICE_CHECK(budget.held_bytes() == 0);
  return 0;
}
