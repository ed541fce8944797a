#include "engine/check_finite.h"

#include <algorithm>
#include <atomic>
#include <cmath>

#include "backends/cpu/pieces.h"
#include "numeric/finite.h"

namespace alice {

namespace {

bool AreFinite(std::span<const float> values, const Threads& threads) {
  if (threads.count() == 1) return AllFinite(values.data(), values.size());
  const Pieces pieces = ElementPieces(values.size(), threads.count());
  std::atomic<bool> are_finite = true;
  pieces.ForEach(threads, [&](std::size_t first, std::size_t count, std::size_t /*thread*/) {
    if (!AllFinite(values.data() + first, count)) are_finite.store(false, std::memory_order_relaxed);
  });
  return are_finite;
}

}  // namespace

Status CheckFinite(std::span<const float> rows, const RowLayout& layout, const Threads& threads) {
  const std::size_t whole = layout.floats() == layout.words() ? rows.size() : layout.floats();
  for (std::size_t row = 0; row < rows.size(); row += std::max(whole, layout.words())) {
    const std::span<const float> values = rows.subspan(row, whole);
    if (AreFinite(values, threads)) continue;
    const auto bad = std::ranges::find_if_not(values, [](float value) { return std::isfinite(value); });
    return MakeError(ErrorCode::input_not_finite, "input value ", &*bad - rows.data(), " is ", *bad);
  }
  return {};
}

}  // namespace alice
