#include <atomic>
#include <catch2/catch.hpp>
#include <vector>

#include "backends/cpu/product_pieces.h"
#include "thread_crew.h"

namespace alice {

TEST_CASE("pieces cover everything once, none larger than it may be", "[threads]") {
  for (const std::size_t threads : {1, 2, 3, 5}) {
    for (const std::size_t count : {0, 1, 7, 64, 1000}) {
      for (const Pieces::Limits& limits :
           {Pieces::Limits{.most = 1000}, Pieces::Limits{.most = 16}, Pieces::Limits{.most = 100, .least = 24},
            Pieces::Limits{.most = 100, .least = 24, .multiple = 6}, Pieces::Limits{.most = 4, .least = 24}}) {
        INFO(count << " for " << threads << ", at most " << limits.most);
        const Pieces pieces(count, limits, threads);
        std::vector<int> covered(count);
        pieces.ForEach({}, [&](std::size_t first, std::size_t part, std::size_t) {
          CHECK(part >= 1);
          CHECK(part <= limits.most);
          for (std::size_t i = first; i < first + part; ++i) ++covered[i];
        });
        CHECK(covered == std::vector<int>(count, 1));
      }
    }
  }
}

TEST_CASE("one thread takes all that it may at once", "[threads]") {
  CHECK(Pieces(1000, {.most = 1000}, 1).number() == 1);
  CHECK(Pieces(1000, {.most = 384}, 1).size() == 384);
}

#ifdef ALICE_THREADS
TEST_CASE("threads get pieces of about the same size, but nothing that is not worth it", "[threads]") {
  const Pieces even(3136, {.most = 384, .least = 24, .multiple = 6}, 2);
  CHECK(even.number() % 2 == 0);
  CHECK(even.size() % 6 == 0);
  CHECK(Pieces(3136, {.most = 3136, .least = 24, .multiple = 6}, 2).number() == 8);
  CHECK(Pieces(47, {.most = 384, .least = 24}, 2).number() == 1);
  CHECK(Pieces(48, {.most = 384, .least = 24}, 2).number() == 2);
  // Of nothing there are none, whatever they would be multiples of.
  CHECK(Pieces(0, {.most = 0, .multiple = 0}, 2).number() == 0);
  // As many for each, where no more than three are worth it.
  CHECK(Pieces(36, {.most = 36, .least = 10, .multiple = 6}, 2).number() == 2);
  // Whole multiples, where the least is none.
  CHECK(Pieces(144, {.most = 144, .least = 25, .multiple = 12}, 2).size() == 36);
}

TEST_CASE("a product is cut by rows, by columns where rows are few, and not at all where it is small", "[threads]") {
  ThreadCrew crew(2);
  const auto cut = [&](const ProductPieces::Size& size, bool may_cut_columns) {
    std::atomic<std::size_t> pieces = 0;
    std::atomic<bool> begins_with_panels = true;
    std::vector<int> covered(size.units * size.columns);
    ProductPieces(size, 384, 8, 2)
        .ForEach(crew.threads(), may_cut_columns,
                 [&](std::size_t unit, std::size_t units, std::size_t column, std::size_t columns, std::size_t) {
                   ++pieces;
                   if (column % 8 != 0) begins_with_panels = false;
                   for (std::size_t row = unit; row < unit + units; ++row) {
                     for (std::size_t c = column; c < column + columns; ++c) ++covered[row * size.columns + c];
                   }
                 });
    CHECK(begins_with_panels);
    CHECK(covered == std::vector<int>(covered.size(), 1));
    return pieces.load();
  };
  CHECK(cut({.units = 192, .columns = 100, .k = 64}, true) == 8);
  CHECK(cut({.units = 9, .columns = 320, .k = 960}, true) == 2);
  CHECK(cut({.units = 9, .columns = 320, .k = 960}, false) == 1);
  CHECK(cut({.units = 1, .columns = 1001, .k = 512}, true) == 2);
  CHECK(cut({.units = 100, .columns = 100, .k = 10}, true) == 1);
  // Many more weights than rows: these are read twice then, if nothing else is to be done with them.
  CHECK(cut({.units = 60, .columns = 2000, .k = 400}, true) == 4);
  CHECK(cut({.units = 60, .columns = 2000, .k = 400, .rows_lie = true}, true) == 2);
  CHECK(cut({.units = 60, .columns = 2000, .k = 400, .rows_lie = true}, false) == 4);
  // 48 rows that stay together are no reason to leave a thread without work.
  CHECK(cut({.units = 1, .unit_rows = 48, .columns = 320, .k = 64}, true) == 2);
}
#endif

}  // namespace alice
