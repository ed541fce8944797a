#include "engine/row_layout.h"

#include <catch2/catch.hpp>

#include "ir/graph_builder.h"

namespace alice {

TEST_CASE("float outputs have scores along their last axis, wherever they lie in the row", "[engine]") {
  GraphBuilder builder;
  const ValueId boxes = builder.Input("boxes", {1, 5, 4});
  const ValueId counts = builder.Input("counts", {1, 3}, DType::i64);
  const ValueId columns = builder.Input("one column", {1, 6, 1});
  const ValueId classes = builder.Input("classes", {builder.Symbol("batch"), Dim::Known(7)});
  const ValueId flat = builder.Input("flat", {builder.Symbol("batch")});
  const RowLayout layout(builder.graph, std::vector{boxes, counts, columns, classes, flat});
  CHECK(layout.floats() == 20 + 6 + 7 + 1);
  REQUIRE(layout.scores().size() == 2);
  const ClassScores& first = layout.scores()[0];
  CHECK((first.offset == 0 && first.rows == 5 && first.classes == 4));
  const ClassScores& second = layout.scores()[1];
  CHECK((second.offset == 26 && second.rows == 1 && second.classes == 7));
}

}  // namespace alice
