#pragma once

#include "base/result.h"
#include "ir/graph.h"

namespace alice {

/// Whether no sizes of the graph's inputs are open but those of first axes, and these by one name. Error: shape_unresolved.
Status CheckOpenAxes(const Graph& graph);

/// Whether several samples can go through the graph at once without touching each other: one symbol, which is the first
/// axis of every activation and no other axis of any, no constant among the outputs, and no operator that works along it.
/// Then sample i of each output depends on
/// sample i of the inputs alone.
bool HasIndependentSamples(const Graph& graph);

}  // namespace alice
