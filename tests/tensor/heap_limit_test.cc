#include "tensor/heap_limit.h"

#include <catch2/catch.hpp>
#include <optional>
#include <string>

#include "tensor/buffer.h"

namespace alice {

constexpr std::size_t kPage = 65536;

TEST_CASE("the heap may grow as far as the most generous engine allows", "[tensor][heap]") {
  CHECK(HeapLimitBytes() == kDefaultHeapLimit_bytes);
  std::optional<HeapAllowance> first, second, silent;
  first.emplace();
  silent.emplace();
  CHECK(HeapLimitBytes() == kDefaultHeapLimit_bytes);
  first->Allow(3 * kPage);
  CHECK(HeapLimitBytes() == 3 * kPage);
  second.emplace();
  second->Allow(8 * kPage);
  CHECK(HeapLimitBytes() == 8 * kPage);
  second->Allow(2 * kPage);
  CHECK(HeapLimitBytes() == 3 * kPage);
  silent.reset();
  first.reset();
  CHECK(HeapLimitBytes() == 2 * kPage);
  second.reset();
  CHECK(HeapLimitBytes() == kDefaultHeapLimit_bytes);
}

TEST_CASE("growth is by an eighth, by what is needed, or to the limit, in whole pages", "[tensor][heap]") {
  HeapAllowance allowance;
  allowance.Allow(100 * kPage + 1000);
  CHECK(GrownHeapBytes(16 * kPage, 16 * kPage + 1, kPage) == 18 * kPage);
  CHECK(GrownHeapBytes(4 * kPage, 4 * kPage + 1, kPage) == 5 * kPage);
  CHECK(GrownHeapBytes(16 * kPage, 30 * kPage + 1, kPage) == 31 * kPage);
  CHECK(GrownHeapBytes(96 * kPage, 97 * kPage, kPage) == 100 * kPage);
  CHECK(GrownHeapBytes(99 * kPage, 100 * kPage, kPage) == 100 * kPage);
  CHECK_FALSE(WasGrowthForbidden());
  CHECK(GrownHeapBytes(99 * kPage, 100 * kPage + 1, kPage) == 0);
  CHECK(WasGrowthForbidden());
  CHECK(GrownHeapBytes(200 * kPage, 200 * kPage + 1, kPage) == 0);
  CHECK(GrownHeapBytes(kPage, SIZE_MAX, kPage) == 0);
}

TEST_CASE("an allocation that the limit forbade is told from one that the system refused", "[tensor][heap]") {
  HeapAllowance allowance;
  allowance.Allow(10 * kPage);
  REQUIRE(GrownHeapBytes(9 * kPage, 12 * kPage, kPage) == 0);
  const Error forbidden = MemoryRefused("7 bytes for scales");
  CHECK(forbidden.code == ErrorCode::budget_exceeded);
  CHECK(forbidden.message ==
        "7 bytes for scales do not fit: the WebAssembly heap has 589824 bytes, may have 655360, and would need 786432");
  CHECK(forbidden.hint.find("maxMemoryMB") != std::string::npos);

  REQUIRE(GrownHeapBytes(9 * kPage, 10 * kPage, kPage) == 10 * kPage);
  const Error refused = MemoryRefused("7 bytes for scales");
  CHECK(refused.code == ErrorCode::out_of_memory);
  CHECK(refused.message == "the system refused 7 bytes for scales");
}

}  // namespace alice
