#pragma once

#include <cstddef>
#include <cstdint>

#include "tensor/window.h"

namespace alice {

/// Which patches of a channels-last tensor to gather. A patch is what the window sees for one output; patches are counted
/// along the output's columns, then its rows, then the samples.
struct Im2colArgs {
  Window2d window;
  std::size_t channels;              ///< of the tensor
  std::size_t first_channel, count;  ///< those of the patches: [first_channel, first_channel + count)
  std::size_t first_patch, patches;  ///< [first_patch, first_patch + patches)
};

/// y [patches, window.elements() · count], row stride ldy: each patch's elements in the order of window rows, window
/// columns, channels; `padding` where the window leaves the tensor. x [samples, rows, columns, channels].
void Im2col(const Im2colArgs& args, const float* x, float padding, float* y, std::size_t ldy);
void Im2col(const Im2colArgs& args, const std::uint8_t* x, std::uint8_t padding, std::uint8_t* y, std::size_t ldy);

}  // namespace alice
