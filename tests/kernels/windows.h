#pragma once

#include "tensor/window.h"

namespace alice {

inline WindowAxis Axis(std::int64_t size, std::int64_t kernel, std::int64_t stride, std::int64_t dilation,
                       std::int64_t pad_begin, std::int64_t pad_end) {
  WindowAxis axis{size, kernel, stride, dilation, pad_begin, pad_end, 0};
  axis.outputs = (size + pad_begin + pad_end - (dilation * (kernel - 1) + 1)) / stride + 1;
  return axis;
}

/// Windows with every kind of stride, dilation and padding.
inline const Window2d kWindows[] = {
    {Axis(5, 3, 1, 1, 1, 1), Axis(6, 3, 1, 1, 1, 1)}, {Axis(7, 3, 2, 1, 0, 1), Axis(8, 3, 2, 1, 1, 0)},
    {Axis(9, 3, 1, 2, 2, 2), Axis(7, 2, 3, 3, 1, 1)}, {Axis(1, 1, 1, 1, 0, 0), Axis(9, 5, 1, 1, 4, 4)},
    {Axis(2, 3, 1, 1, 3, 3), Axis(3, 1, 1, 1, 2, 0)},  // some windows see padding alone
};

}  // namespace alice
