#include "backends/webgl/shader.h"

namespace alice::webgl {

// The formulas and constants of numeric/elementary.h, with sums and products one by one. Floats that are not short are given by
// their bits.
const std::string_view kElementaryFunctions = R"(
#ifndef ELEMENTARY
#define ELEMENTARY
float Bits(int bits) { return intBitsToFloat(bits); }
float WithSignOf(float magnitude, float sign) {
  return Bits((floatBitsToInt(magnitude) & 0x7fffffff) | (floatBitsToInt(sign) & ~0x7fffffff));
}
float Scaled(float y, float n) {
  int power = int(n);
  int low = power >> 1;
  return y * Bits((low + 127) << 23) * Bits((power - low + 127) << 23);
}
// e^x = 2^n · (1 + minus1): minus1, n.
vec2 ReducedPower(float x) {
  float inside = Clamped(x, -104.0, 89.0);
  float n = roundEven(inside * Bits(0x3fb8aa3b));
  float r = (inside - n * Bits(0x3f317200)) - n * Bits(0x35bfbe8e);
  float q = Bits(0x3ab511e8);
  q = q * r + Bits(0x3c091d10);
  q = q * r + Bits(0x3d2aac79);
  q = q * r + Bits(0x3e2aaa49);
  q = q * r + Bits(0x3efffffe);
  return vec2(r + r * r * q, n);
}
float Exp(float x) {
  vec2 power = ReducedPower(x);
  return Scaled(1.0 + power.x, power.y);
}
float ExpMinus1(float x) {
  vec2 power = ReducedPower(x);
  return Scaled(power.x, power.y) + (Scaled(1.0, power.y) - 1.0);
}
float Tanh(float x) {
  float a = abs(x);
  float square = a * a;
  float q = Bits(int(0xbbbaf0e7u));
  q = q * square + Bits(0x3ca9134e);
  q = q * square + Bits(int(0xbd5c1e2du));
  q = q * square + Bits(0x3e088393);
  q = q * square + Bits(int(0xbeaaaa99u));
  float t = Exp(-2.0 * a);
  return WithSignOf(a < 0.625 ? a + a * square * q : 1.0 - (t + t) / (1.0 + t), x);
}
float Log(float x) {
  if (!(x > 0.0)) return x == 0.0 ? Bits(int(0xff800000u)) : Bits(0x7fc00000);
  if (x == Bits(0x7f800000)) return x;
  bool is_small = x < Bits(0x00800000);
  int above = floatBitsToInt(is_small ? x * 16777216.0 : x) - 0x3f3504f3;
  float f = Bits((above & 0x7fffff) + 0x3f3504f3) - 1.0;
  float n = float(above >> 23) + (is_small ? -24.0 : 0.0);
  float q = Bits(int(0xbd9c187au));
  q = q * f + Bits(0x3e04245b);
  q = q * f + Bits(int(0xbe079bb1u));
  q = q * f + Bits(0x3e1138c6);
  q = q * f + Bits(int(0xbe2a13b6u));
  q = q * f + Bits(0x3e4cd1fa);
  q = q * f + Bits(int(0xbe800213u));
  q = q * f + Bits(0x3eaaaaa8);
  q = q * f + Bits(int(0xbefffffcu));
  return n * Bits(0x3f317200) + (f + (f * f * q + n * Bits(0x35bfbe8e)));
}
// tanh(ln(1 + e)).
float MishFactor(float e) {
  float n = e * (e + 2.0);
  return n / (n + 2.0);
}
float LogOf1Plus(float x) {
  float s = 1.0 + x;
  return Log(s) + (x - (s - 1.0)) / s;
}
float Erf(float x) {
  float a = abs(x);
  float square = a * a;
  float q = Bits(int(0xba229d57u));
  q = q * square + Bits(0x3ba4e4ff);
  q = q * square + Bits(int(0xbcdb79c5u));
  q = q * square + Bits(0x3de7108f);
  q = q * square + Bits(int(0xbec09386u));
  q = q * square + Bits(0x3e0375d3);
  float near = a + a * q;
  float inside = Clamped(a, 0.0, 4.0);
  q = Bits(int(0xb952c288u));
  q = q * inside + Bits(0x3b4aa810);
  q = q * inside + Bits(int(0xbcb7aa9cu));
  q = q * inside + Bits(0x3dd5a9a9);
  q = q * inside + Bits(0x3f230136);
  q = q * inside + Bits(0x3f906036);
  q = q * inside + Bits(0x390c1030);
  return WithSignOf(a < 0.875 ? near : 1.0 - Exp(-q), x);
}
#endif
)";

}  // namespace alice::webgl
