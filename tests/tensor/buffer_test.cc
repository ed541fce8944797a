#include "tensor/buffer.h"

#include <catch2/catch.hpp>
#include <string>

#include "allocation_counter.h"

namespace alice {

TEST_CASE("a buffer is aligned, zeroed and counted until it dies", "[tensor]") {
  MemoryBudget budget(1000);
  {
    auto buffer = Buffer::Allocate(budget, MemoryKind::scales, 100);
    REQUIRE(buffer.ok());
    CHECK(reinterpret_cast<std::uintptr_t>(buffer->data()) % kBufferAlign == 0);
    for (const std::byte byte : buffer->span<std::byte>()) CHECK(byte == std::byte{0});
    CHECK(budget.held_bytes() == 100 + kBufferSlack);
    CHECK(budget.held_bytes(MemoryKind::scales) == 100 + kBufferSlack);
    const Buffer moved = std::move(*buffer);
    CHECK(budget.held_bytes() == 100 + kBufferSlack);
  }
  CHECK(budget.held_bytes() == 0);
  CHECK(budget.peak_bytes() == 100 + kBufferSlack);
}

TEST_CASE("a request above the budget is refused before it is made", "[tensor]") {
  MemoryBudget budget(1000);
  const auto held = Buffer::Allocate(budget, MemoryKind::io, 500);
  const std::size_t allocations = AllocationCount();
  const auto refused = Buffer::Allocate(budget, MemoryKind::io, 500);
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().code == ErrorCode::budget_exceeded);
  CHECK(refused.error().message.find("516 of 1000 bytes are held") != std::string::npos);
  CHECK(budget.held_bytes() == 500 + kBufferSlack);
  CHECK(AllocationCount() >= allocations);
  CHECK_FALSE(Buffer::Allocate(budget, MemoryKind::io, SIZE_MAX - kBufferSlack).ok());
}

TEST_CASE("memory that the system refuses is an error and is not counted", "[tensor]") {
  MemoryBudget budget(1000);
  FailAllocation(0);
  const auto refused = Buffer::Allocate(budget, MemoryKind::io, 10);
  FailAllocation(-1);
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().code == ErrorCode::out_of_memory);
  CHECK(budget.held_bytes() == 0);
}

}  // namespace alice
