#include "tensor/cast.h"

#include <catch2/catch.hpp>
#include <cstdint>
#include <limits>

#include "guarded.h"

namespace alice {
namespace {

template <typename To, typename From>
void CheckCast(From x, To expected) {
  for (const std::size_t n : {1, 3, 17}) {
    // std::vector<bool> has no elements to point to.
    Guarded<From> source(n);
    Guarded<To> want(n);
    Guarded<To> got(n);
    std::fill_n(source.data(), n, x);
    std::fill_n(want.data(), n, expected);
    CastElements(DTypeOf<From>, source.data(), n, DTypeOf<To>, got.data());
    INFO(DTypeName(DTypeOf<From>) << " → " << DTypeName(DTypeOf<To>) << " of " << +x);
    REQUIRE(got == want);
  }
}

template <typename From>
void CheckOneAndZero() {
#define ALICE_DTYPE(name, type, onnx)                          \
  CheckCast<type>(static_cast<From>(0), static_cast<type>(0)); \
  CheckCast<type>(static_cast<From>(1), static_cast<type>(1));
#include "tensor/dtype.inc"
#undef ALICE_DTYPE
}

}  // namespace

TEST_CASE("cast keeps 0 and 1 between all types", "[tensor]") {
  CheckOneAndZero<float>();
  CheckOneAndZero<std::uint8_t>();
  CheckOneAndZero<std::int8_t>();
  CheckOneAndZero<std::int32_t>();
  CheckOneAndZero<std::int64_t>();
  CheckOneAndZero<bool>();
}

TEST_CASE("cast from float truncates and saturates", "[tensor]") {
  const float infinity = std::numeric_limits<float>::infinity();
  const float nan = std::numeric_limits<float>::quiet_NaN();
  CheckCast<std::uint8_t>(2.9f, 2);
  CheckCast<std::uint8_t>(-0.9f, 0);
  CheckCast<std::uint8_t>(255.9f, 255);
  CheckCast<std::uint8_t>(256.0f, 255);
  CheckCast<std::uint8_t>(-1.0f, 0);
  CheckCast<std::uint8_t>(nan, 0);
  CheckCast<std::int8_t>(-2.9f, -2);
  CheckCast<std::int8_t>(127.9f, 127);
  CheckCast<std::int8_t>(128.0f, 127);
  CheckCast<std::int8_t>(-128.0f, -128);
  CheckCast<std::int8_t>(-129.0f, -128);
  CheckCast<std::int32_t>(-2.9f, -2);
  CheckCast<std::int32_t>(-0.0f, 0);
  CheckCast<std::int32_t>(2147483520.0f, 2147483520);
  CheckCast<std::int32_t>(2147483648.0f, std::numeric_limits<std::int32_t>::max());
  CheckCast<std::int32_t>(-2147483648.0f, std::numeric_limits<std::int32_t>::min());
  CheckCast<std::int32_t>(-infinity, std::numeric_limits<std::int32_t>::min());
  CheckCast<std::int64_t>(0x1p40f, std::int64_t{1} << 40);
  CheckCast<std::int64_t>(0x1p63f, std::numeric_limits<std::int64_t>::max());
  CheckCast<std::int64_t>(-0x1p63f, std::numeric_limits<std::int64_t>::min());
  CheckCast<std::int64_t>(infinity, std::numeric_limits<std::int64_t>::max());
  CheckCast<std::int64_t>(nan, 0);
  CheckCast<bool>(nan, true);
  CheckCast<bool>(0.25f, true);
  CheckCast<bool>(-0.0f, false);
  CheckCast<float>(-1.5f, -1.5f);
}

TEST_CASE("cast between integers keeps the low bits, to float rounds to nearest even", "[tensor]") {
  CheckCast<std::uint8_t>(std::int32_t{-1}, 255);
  CheckCast<std::uint8_t>(std::int64_t{513}, 1);
  CheckCast<std::int8_t>(std::uint8_t{200}, -56);
  CheckCast<std::int32_t>(std::int64_t{0x1234567890}, 0x34567890);
  CheckCast<std::int64_t>(std::int32_t{-5}, -5);
  CheckCast<std::int32_t>(std::int8_t{-128}, -128);
  CheckCast<bool>(std::int64_t{256}, true);
  CheckCast<float>(std::int32_t{16777217}, 16777216.0f);
  CheckCast<float>(std::int32_t{16777219}, 16777220.0f);
  CheckCast<float>(std::numeric_limits<std::int64_t>::max(), 0x1p63f);
  CheckCast<float>(std::int8_t{-7}, -7.0f);
}

}  // namespace alice
