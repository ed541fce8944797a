#include "base/split_list.h"

#include <catch2/catch.hpp>

namespace alice {

TEST_CASE("a list is split at commas, without blanks and empty entries", "[base]") {
  using Names = std::vector<std::string>;
  CHECK(SplitList("").empty());
  CHECK(SplitList(" , ").empty());
  CHECK(SplitList("a, b* ,c d") == Names{"a", "b*", "c d"});
}

}  // namespace alice
