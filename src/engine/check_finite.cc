#include "engine/check_finite.h"

#include <algorithm>
#include <cmath>

#include "numeric/finite.h"

namespace alice {

Status CheckFinite(std::span<const float> rows, const RowLayout& layout) {
  const std::size_t whole = layout.floats() == layout.words() ? rows.size() : layout.floats();
  for (std::size_t row = 0; row < rows.size(); row += std::max(whole, layout.words())) {
    const float* const values = rows.data() + row;
    if (AllFinite(values, whole)) continue;
    const float* const bad = std::find_if_not(values, values + whole, [](float value) { return std::isfinite(value); });
    return MakeError(ErrorCode::input_not_finite, "input value ", bad - rows.data(), " is ", *bad);
  }
  return {};
}

}  // namespace alice
