#include "exec/memory_planner.h"

#include <catch2/catch.hpp>
#include <random>

#include "tensor/buffer.h"

namespace alice {

TEST_CASE("buffers that live at different times share memory", "[exec]") {
  const BufferRequest requests[] = {{1024, {0, 1}}, {2048, {2, 3}}, {1024, {3, 4}}};
  const MemoryPlan plan = PlanMemory(requests);
  CHECK(plan.arena_bytes == 3072);
  CHECK(plan.offsets[1] == 0);
  CHECK(plan.offsets[2] == 2048);
}

TEST_CASE("a chain of operators needs its two largest neighbours", "[exec]") {
  // Value i lives from step i to step i + 1.
  const BufferRequest requests[] = {{512, {0, 1}}, {256, {1, 2}}, {512, {2, 3}}, {256, {3, 4}}};
  CHECK(PlanMemory(requests).arena_bytes == 768);
}

TEST_CASE("nothing to place needs nothing", "[exec]") {
  CHECK(PlanMemory({}).arena_bytes == 0);
  const BufferRequest empty[] = {{0, {0, 9}}};
  CHECK(PlanMemory(empty).arena_bytes == 0);
}

TEST_CASE("planned buffers that live together never overlap", "[exec][property]") {
  const unsigned seed = GENERATE(range(0U, 200U));
  INFO("seed " << seed);
  std::mt19937 random(seed);
  const auto below = [&](std::size_t n) { return static_cast<std::size_t>(random() % n); };

  std::vector<BufferRequest> requests(1 + below(40));
  std::size_t sum = 0;
  for (BufferRequest& request : requests) {
    const std::size_t first = below(30);
    request = {below(5000), {first, first + below(8)}};
    sum += AlignUp(request.bytes);
  }
  const MemoryPlan plan = PlanMemory(requests);
  CHECK(plan.arena_bytes <= sum);
  for (std::size_t i = 0; i < requests.size(); ++i) {
    CHECK(plan.offsets[i] % kBufferAlign == 0);
    CHECK(plan.offsets[i] + requests[i].bytes <= plan.arena_bytes);
    for (std::size_t j = 0; j < i; ++j) {
      if (!requests[i].lifetime.Overlaps(requests[j].lifetime)) continue;
      const bool apart = plan.offsets[i] + requests[i].bytes <= plan.offsets[j] ||
                         plan.offsets[j] + requests[j].bytes <= plan.offsets[i];
      CHECK(apart);
    }
  }
}

}  // namespace alice
