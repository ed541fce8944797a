#include "thread_crew.h"

#ifdef ALICE_THREADS
#include <algorithm>
#include <atomic>
#include <catch2/catch.hpp>
#include <chrono>
#include <stdexcept>
#include <string>
#include <vector>

#include "allocation_counter.h"

namespace alice {

TEST_CASE("every piece is done once, by a thread of the team", "[threads]") {
  for (const std::size_t count : {1, 2, 3, 5}) {
    ThreadCrew crew(count);
    for (const std::size_t pieces : {0, 1, 2, 7, 64, 1000}) {
      INFO(count << " threads, " << pieces << " pieces");
      std::vector<int> done(pieces);
      std::atomic<bool> is_strange = false;
      crew.threads().ForEach(pieces, [&](std::size_t piece, std::size_t thread) {
        ++done[piece];
        if (thread >= count) is_strange = true;
      });
      CHECK(done == std::vector<int>(pieces, 1));
      CHECK_FALSE(is_strange);
    }
  }
}

TEST_CASE("threads of a team take part at the same time", "[threads]") {
  ThreadCrew crew(3);
  std::atomic<int> arrived = 0;
  std::vector<std::size_t> who(3);
  // No piece ends before all have begun.
  crew.threads().ForEach(3, [&](std::size_t piece, std::size_t thread) {
    who[piece] = thread;
    ++arrived;
    while (arrived < 3) std::this_thread::yield();
  });
  std::ranges::sort(who);
  CHECK(who == std::vector<std::size_t>{0, 1, 2});
}

TEST_CASE("a run takes no more threads of a team than it asks for", "[threads]") {
  ThreadCrew crew(5);
  std::atomic<std::size_t> highest = 0;
  for (int round = 0; round < 200; ++round) {
    Threads(crew.team(), 2).ForEach(16, [&](std::size_t, std::size_t thread) {
      if (thread > highest) highest = thread;
    });
  }
  CHECK(highest <= 1);
}

TEST_CASE("what one run writes, the next one reads", "[threads]") {
  ThreadCrew crew(4);
  std::vector<std::uint64_t> values(257, 1);
  std::vector<std::uint64_t> next(values.size());
  for (int round = 0; round < 2000; ++round) {
    crew.threads().ForEach(values.size(), [&](std::size_t piece, std::size_t) {
      next[piece] = values[piece] + values[(piece + 1) % values.size()];
    });
    values.swap(next);
  }
  // Every round doubles all of them, modulo 2^64.
  CHECK(values == std::vector<std::uint64_t>(values.size(), 0));
}

TEST_CASE("a thread that takes part has the same pieces in each run", "[threads]") {
  ThreadCrew crew(3);
  for (int round = 0; round < 100; ++round) {
    std::vector<std::size_t> who(6);
    std::atomic<int> arrived = 0;
    // Nobody is done with a first piece before all have begun theirs.
    crew.threads().ForEach(6, [&](std::size_t piece, std::size_t thread) {
      who[piece] = thread;
      ++arrived;
      while (arrived < 3) std::this_thread::yield();
    });
    CHECK(who[0] == 0);
    CHECK(who[2] == 1);
    CHECK(who[4] == 2);
  }
}

TEST_CASE("who has no pieces left takes those of others", "[threads]") {
  ThreadCrew crew(2);
  std::atomic<int> done = 0;
  // The first piece of one ends after all others.
  crew.threads().ForEach(16, [&](std::size_t piece, std::size_t) {
    while (piece == 0 && done < 15) std::this_thread::yield();
    ++done;
  });
  CHECK(done == 16);
}

TEST_CASE("threads that sleep are woken", "[threads]") {
  ThreadCrew crew(2);
  for (int round = 0; round < 3; ++round) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    std::atomic<int> arrived = 0;
    crew.threads().ForEach(2, [&](std::size_t, std::size_t) {
      ++arrived;
      while (arrived < 2) std::this_thread::yield();
    });
    CHECK(arrived == 2);
  }
}

TEST_CASE("an exception of a piece reaches who called, and the team goes on", "[threads]") {
  ThreadCrew crew(3);
  for (int round = 0; round < 50; ++round) {
    std::atomic<int> inside = 0;
    const auto fail = [&](std::size_t piece, std::size_t) {
      ++inside;
      const std::string text = "piece " + std::to_string(piece);
      --inside;
      if (piece >= 5) throw std::runtime_error(text);
    };
    CHECK_THROWS_AS(crew.threads().ForEach(40, fail), std::runtime_error);
    CHECK(inside == 0);
    std::atomic<int> done = 0;
    crew.threads().ForEach(40, [&](std::size_t, std::size_t) { ++done; });
    CHECK(done == 40);
  }
}

TEST_CASE("sharing work allocates nothing", "[threads]") {
  ThreadCrew crew(2);
  std::atomic<std::size_t> sum = 0;
  const std::size_t before = AllocationCount();
  for (int round = 0; round < 100; ++round) {
    crew.threads().ForEach(10, [&](std::size_t piece, std::size_t) { sum += piece; });
  }
  CHECK(AllocationCount() == before);
  CHECK(sum == 4500);
}

}  // namespace alice
#endif
