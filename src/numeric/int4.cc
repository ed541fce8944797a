#include "numeric/int4.h"

namespace alice {

void PackInt4(const std::int8_t* codes, std::size_t count, std::uint8_t* packed) {
  for (std::size_t i = 0; i < count; ++i) StoreInt4(packed, i, codes[i]);
}

void UnpackInt4(const std::uint8_t* packed, std::size_t first, std::size_t count, std::int8_t* codes) {
  std::size_t i = 0;
  if (first % 2 == 1 && count > 0) codes[i++] = LoadInt4(packed, first);
  packed += (first + i) / 2;
  for (; i + 1 < count; i += 2, ++packed) {
    codes[i] = LoadInt4(packed, 0);
    codes[i + 1] = LoadInt4(packed, 1);
  }
  if (i < count) codes[i] = LoadInt4(packed, 0);
}

}  // namespace alice
