#include "base/sort_ids.h"

#include <algorithm>

namespace alice {

void SortIdsBy(std::span<std::int32_t> ids, bool (*is_before)(const void* context, std::int32_t a, std::int32_t b),
               const void* context) {
  std::sort(ids.begin(), ids.end(), [=](std::int32_t a, std::int32_t b) { return is_before(context, a, b); });
}

}  // namespace alice
