#pragma once

#include <span>

#include "base/result.h"
#include "base/threads.h"
#include "engine/row_layout.h"

namespace alice {

/// Whether the f32 values of every row are finite, which threads look at together where there are many. Error:
/// input_not_finite, naming the first that is not.
Status CheckFinite(std::span<const float> rows, const RowLayout& layout, const Threads& threads = {});

}  // namespace alice
