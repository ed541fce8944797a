#include "base/number_text.h"

#include <cmath>

namespace alice {
namespace {

constexpr int kDigits = 6;
constexpr double kLeast = 100000, kEnd = 1000000;  // those of kDigits digits

double PowerOf10(int exponent) {
  double power = 1;
  for (int i = 0; i < exponent; ++i) power *= 10;
  return power;
}

/// What is to be printed: digits · 10^(exponent − 5), with as many digits.
struct Decimal {
  std::string digits;
  int exponent = 0;
};

Decimal DecimalOf(double magnitude) {
  // In steps: 10^308 is the greatest power there is.
  int exponent = kDigits - 1;
  double digits = magnitude;
  for (const int step : {64, 16, 4, 1}) {
    for (; digits >= kEnd * PowerOf10(step - 1); exponent += step) digits /= PowerOf10(step);
    for (; digits < kLeast / PowerOf10(step - 1); exponent -= step) digits *= PowerOf10(step);
  }
  digits = std::nearbyint(digits);
  if (digits >= kEnd) {
    digits /= 10;
    ++exponent;
  }
  std::string text = std::to_string(static_cast<int>(digits));
  text.erase(text.find_last_not_of('0') + 1);
  return {text, exponent};
}

std::string Unsigned(double magnitude) {
  if (std::isinf(magnitude)) return "inf";
  if (magnitude == 0) return "0";
  auto [digits, exponent] = DecimalOf(magnitude);
  const bool has_exponent = exponent < -4 || exponent >= kDigits;
  const int point = has_exponent ? 0 : exponent;  // behind this digit
  if (point < 0) {
    digits.insert(0, static_cast<std::size_t>(-point), '0').insert(1, ".");
  } else {
    const auto before = static_cast<std::size_t>(point) + 1;
    if (digits.size() <= before) {
      digits.resize(before, '0');
    } else {
      digits.insert(before, ".");
    }
  }
  if (has_exponent) {
    digits += exponent < 0 ? "e-" : "e+";
    if (std::abs(exponent) < 10) digits += '0';
    digits += std::to_string(std::abs(exponent));
  }
  return digits;
}

}  // namespace

std::string NumberText(double number) {
  if (std::isnan(number)) return "nan";
  return (std::signbit(number) ? "-" : "") + Unsigned(std::fabs(number));
}

}  // namespace alice
