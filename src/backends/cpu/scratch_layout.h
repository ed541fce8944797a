#pragma once

#include <cstddef>
#include <cstdint>

#include "tensor/buffer.h"

namespace alice {

/// Places the parts of an operator's scratch one behind the other.
class ScratchLayout {
 public:
  /// The offset of the next part, of that size.
  std::size_t Place(std::uint64_t bytes) {
    const auto offset = static_cast<std::size_t>(bytes_);
    bytes_ += AlignUp(bytes);
    return offset;
  }
  /// Of all parts together.
  [[nodiscard]] std::uint64_t bytes() const { return bytes_; }

 private:
  std::uint64_t bytes_ = 0;
};

}  // namespace alice
