#include "backends/cpu/reducer.h"

namespace alice {

ReduceFunction IntegerReducerOf(const Reduction& reduction, DType dtype) {
  switch (dtype) {
    case DType::i32:
      return ReducerOf<std::int32_t>(reduction);
    case DType::i64:
      return ReducerOf<std::int64_t>(reduction);
    case DType::s8:
      return ReducerOf<std::int8_t>(reduction);
    default:  // A boolean is one byte, 0 or 1.
      return ReducerOf<std::uint8_t>(reduction);
  }
}

}  // namespace alice
