#include "engine/check_finite.h"

#include <catch2/catch.hpp>
#include <limits>
#include <string>
#include <vector>

#include "backends/op_model.h"
#include "thread_crew.h"

namespace alice {
namespace {

/// Rows of `width` floats.
RowLayout RowsOf(std::int64_t width) {
  OpModel model;
  const ValueId x = model.Input("x", SymbolicShape::Of(Shape({1, width})).dims, DType::f32);
  return RowLayout(model.graph, std::vector<ValueId>{x});
}

/// Rows of which one value is not finite are refused with its place.
void FindsEach(const Threads& threads) {
  constexpr std::size_t kWidth = 1000;
  const RowLayout layout = RowsOf(kWidth);
  std::vector<float> rows(50 * kWidth, 0.5f);
  REQUIRE(CheckFinite(rows, layout, threads).ok());
  for (const std::size_t at : {std::size_t{0}, std::size_t{4095}, std::size_t{31'337}, rows.size() - 1}) {
    for (const float bad : {std::numeric_limits<float>::quiet_NaN(), -std::numeric_limits<float>::infinity()}) {
      rows[at] = bad;
      const Status status = CheckFinite(rows, layout, threads);
      REQUIRE_FALSE(status.ok());
      CHECK(status.error().code == ErrorCode::input_not_finite);
      CHECK(status.error().message.find("input value " + std::to_string(at) + " is") == 0);
      rows[at] = 0.5f;
    }
  }
}

TEST_CASE("an input value that is not finite is named, wherever it stands", "[engine]") { FindsEach({}); }

#ifdef ALICE_THREADS
TEST_CASE("the same where threads look at the rows together", "[engine]") {
  ThreadCrew crew(3);
  FindsEach({crew.team(), 3});
}
#endif

}  // namespace
}  // namespace alice
