#include "engine/precision_search.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <set>

namespace alice {
namespace {

using Layers = std::vector<std::size_t>;

struct Outcome {
  Layers kept;
  std::size_t trials = 0;
};

/// Runs a search over layers 0 … count − 1 (0 the most harmful), in which exactly the sets that hold all of `needed`, one or
/// more, are good enough.
Outcome Search(std::size_t count, const std::set<std::size_t>& needed) {
  Layers layers(count);
  for (std::size_t i = 0; i < count; ++i) layers[i] = i;
  PrecisionSearch search(layers);
  Outcome outcome;
  while (!search.done()) {
    REQUIRE(outcome.trials < 2 * count + 2);
    const Layers trial = search.trial();
    ++outcome.trials;
    search.Report(
        std::ranges::all_of(needed, [&](std::size_t layer) { return std::ranges::find(trial, layer) != trial.end(); }));
  }
  outcome.kept = search.trial();
  return outcome;
}

}  // namespace

TEST_CASE("exactly the layers that are needed are kept in float", "[engine]") {
  for (std::size_t count = 1; count <= 6; ++count) {
    for (std::size_t bits = 1; bits < (std::size_t{1} << count); ++bits) {
      std::set<std::size_t> needed;
      for (std::size_t i = 0; i < count; ++i) {
        if ((bits >> i & 1) != 0) needed.insert(i);
      }
      CAPTURE(count, bits);
      CHECK(Search(count, needed).kept == Layers(needed.begin(), needed.end()));
    }
  }
}

TEST_CASE("the most harmful of many layers is found in few trials", "[engine]") {
  const Outcome outcome = Search(64, {0});
  CHECK(outcome.kept == Layers{0});
  CHECK(outcome.trials == 6);
}

TEST_CASE("of one layer there is nothing to try", "[engine]") {
  const Outcome outcome = Search(1, {0});
  CHECK(outcome.kept == Layers{0});
  CHECK(outcome.trials == 0);
}

TEST_CASE("where nothing but float is good enough, all layers are kept", "[engine]") {
  PrecisionSearch search({4, 2, 7});
  while (!search.done()) search.Report(false);
  CHECK(search.trial() == Layers{4, 2, 7});
}

}  // namespace alice
