#include "base/sort_ids.h"

#include <algorithm>

namespace alice {

void SortIdsBy(std::span<std::int32_t> ids, bool (*is_before)(const void* context, std::int32_t a, std::int32_t b),
               const void* context) {
  // A heap takes the same way for any number, and so does without the second file of a module (docs/adr/0020-a-module-in-two-files.md):
  // std::sort has functions of its own for three, four and five.
  const auto order = [=](std::int32_t a, std::int32_t b) { return is_before(context, a, b); };
  std::make_heap(ids.begin(), ids.end(), order);
  std::sort_heap(ids.begin(), ids.end(), order);
}

}  // namespace alice
