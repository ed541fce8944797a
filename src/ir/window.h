#pragma once

#include <cstddef>
#include <cstdint>

#include "base/result.h"
#include "ir/attributes.h"
#include "tensor/window.h"

namespace alice {

/// Axis `axis` of `spatial` where the input has `size` elements and the window `kernel`. The number of outputs is that of
/// ONNX Conv-11 and AveragePool-19: with ceil_mode, a last window that would begin in the padding at the end is dropped.
/// Errors: shape_mismatch for attributes of another rank than `spatial` and for a window larger than the padded input.
Result<WindowAxis> WindowAxisOf(const WindowAttributes& window, std::size_t axis, std::size_t spatial,
                                std::int64_t kernel, std::int64_t size);

/// Axis `axis` of `spatial` of a ConvTranspose whose input has `size` elements, as the window of the convolution that it
/// transposes: `outputs` is the input's size, `size` that of Y. Errors: shape_mismatch for attributes of another rank than
/// `spatial` and for a padding that leaves less than nothing.
Result<WindowAxis> TransposedAxisOf(const ConvTransposeAttributes& conv, std::size_t axis, std::size_t spatial,
                                    std::int64_t kernel, std::int64_t size);

/// Both axes for an X of rank 3 or 4 with concrete sizes; `window.kernel` has to be given. Errors: as WindowAxisOf.
Result<Window2d> Window2dOf(const WindowAttributes& window, const Shape& x, bool channels_last);

}  // namespace alice
