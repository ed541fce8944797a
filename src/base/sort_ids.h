#pragma once

#include <cstdint>
#include <span>

namespace alice {

/// Sorts numbers that stand for something, into the order that is_before(context, a, b) says; in any where it
/// says none. (A sort is compiled once for every order that it is given.)
void SortIdsBy(std::span<std::int32_t> ids, bool (*is_before)(const void* context, std::int32_t a, std::int32_t b),
               const void* context);

/// The same, with is_before(a, b).
template <typename IsBefore>
void SortIds(std::span<std::int32_t> ids, const IsBefore& is_before) {
  const auto call = [](const void* context, std::int32_t a, std::int32_t b) -> bool {
    return (*static_cast<const IsBefore*>(context))(a, b);
  };
  SortIdsBy(ids, call, &is_before);
}

}  // namespace alice
