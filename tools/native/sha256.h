#pragma once

#include <string>
#include <string_view>

namespace alice {

/// The SHA-256 digest of `bytes` as 64 lower-case hexadecimal digits. Source: FIPS 180-4, §6.2.
std::string Sha256Hex(std::string_view bytes);

}  // namespace alice
