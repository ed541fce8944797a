#include "sha256.h"

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace alice {
namespace {

/// The first 32 fractional bits of the cube roots (`root` 3) or square roots (2) of the first 64 primes (FIPS
/// 180-4, §4.2.2 and §5.3.3), found by integer bisection: root^k ≤ prime·2^(32k).
consteval std::array<std::uint32_t, 64> PrimeRootFractions(int root) {
  std::array<std::uint32_t, 64> fractions{};
  std::size_t count = 0;
  for (std::uint64_t prime = 2; count < fractions.size(); ++prime) {
    bool is_prime = true;
    for (std::uint64_t d = 2; d * d <= prime; ++d) is_prime = is_prime && prime % d != 0;
    if (!is_prime) continue;
    std::uint64_t low = 0, high = std::uint64_t{32} << 32;
    while (high - low > 1) {
      const std::uint64_t middle = (low + high) / 2;
      __extension__ using Wide = unsigned __int128;
      Wide power = 1;
      for (int i = 0; i < root; ++i) power *= middle;
      (power <= Wide{prime} << (32 * root) ? low : high) = middle;
    }
    fractions[count++] = static_cast<std::uint32_t>(low);
  }
  return fractions;
}

constexpr auto kRounds = PrimeRootFractions(3);
constexpr auto kStart = PrimeRootFractions(2);

using State = std::array<std::uint32_t, 8>;

void Compress(State& state, const std::uint8_t* block) {
  std::array<std::uint32_t, 64> w;
  for (std::size_t t = 0; t < 16; ++t) {
    w[t] = std::uint32_t{block[4 * t]} << 24 | std::uint32_t{block[4 * t + 1]} << 16 |
           std::uint32_t{block[4 * t + 2]} << 8 | std::uint32_t{block[4 * t + 3]};
  }
  for (std::size_t t = 16; t < 64; ++t) {
    const std::uint32_t s0 = std::rotr(w[t - 15], 7) ^ std::rotr(w[t - 15], 18) ^ (w[t - 15] >> 3);
    const std::uint32_t s1 = std::rotr(w[t - 2], 17) ^ std::rotr(w[t - 2], 19) ^ (w[t - 2] >> 10);
    w[t] = w[t - 16] + s0 + w[t - 7] + s1;
  }
  auto [a, b, c, d, e, f, g, h] = state;
  for (std::size_t t = 0; t < 64; ++t) {
    const std::uint32_t sum1 = std::rotr(e, 6) ^ std::rotr(e, 11) ^ std::rotr(e, 25);
    const std::uint32_t t1 = h + sum1 + ((e & f) ^ (~e & g)) + kRounds[t] + w[t];
    const std::uint32_t sum0 = std::rotr(a, 2) ^ std::rotr(a, 13) ^ std::rotr(a, 22);
    const std::uint32_t t2 = sum0 + ((a & b) ^ (a & c) ^ (b & c));
    h = g;
    g = f;
    f = e;
    e = d + t1;
    d = c;
    c = b;
    b = a;
    a = t1 + t2;
  }
  const State step = {a, b, c, d, e, f, g, h};
  for (std::size_t i = 0; i < state.size(); ++i) state[i] += step[i];
}

}  // namespace

std::string Sha256Hex(std::string_view bytes) {
  std::string message(bytes);
  message += '\x80';
  while (message.size() % 64 != 56) message += '\0';
  const std::uint64_t bits = std::uint64_t{bytes.size()} * 8;
  for (int shift = 56; shift >= 0; shift -= 8) message += static_cast<char>(bits >> shift & 0xff);

  State state;
  for (std::size_t i = 0; i < state.size(); ++i) state[i] = kStart[i];
  for (std::size_t at = 0; at < message.size(); at += 64) {
    Compress(state, reinterpret_cast<const std::uint8_t*>(message.data()) + at);
  }
  std::string hex;
  for (const std::uint32_t word : state) {
    for (int shift = 28; shift >= 0; shift -= 4) hex += "0123456789abcdef"[word >> shift & 0xf];
  }
  return hex;
}

}  // namespace alice
