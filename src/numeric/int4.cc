#include "numeric/int4.h"

namespace alice {

void PackInt4(const std::int8_t* codes, std::size_t count, std::uint8_t* packed) {
  for (std::size_t i = 0; i < count; ++i) StoreInt4(packed, i, codes[i]);
}

void UnpackInt4(const std::uint8_t* packed, std::size_t count, std::int8_t* codes) {
  for (std::size_t i = 0; i < count; ++i) codes[i] = LoadInt4(packed, i);
}

}  // namespace alice
