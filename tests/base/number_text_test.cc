#include "base/number_text.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <cstdio>
#include <limits>
#include <random>
#include <string>

namespace alice {
namespace {

std::string Printed(double number) {
  char text[32];
  std::snprintf(text, sizeof text, "%g", number);
  return text;
}

TEST_CASE("numbers are written as printf writes them", "[base]") {
  for (const double number : {0.0,
                              -0.0,
                              1.0,
                              -1.0,
                              10.0,
                              0.5,
                              0.1,
                              0.0001,
                              0.00001,
                              123456.0,
                              999999.0,
                              999999.4,
                              999999.5,
                              1000000.0,
                              1234567.0,
                              0.98,
                              1e-7,
                              -2.5e-10,
                              1e100,
                              1e-100,
                              1.5e300,
                              5e-324,
                              1e22,
                              100.0,
                              1e5,
                              std::numeric_limits<double>::max(),
                              std::numeric_limits<double>::min(),
                              std::numeric_limits<double>::infinity(),
                              -std::numeric_limits<double>::infinity()}) {
    CHECK(NumberText(number) == Printed(number));
  }
  CHECK(NumberText(std::numeric_limits<double>::quiet_NaN()) == "nan");
}

TEST_CASE("any number is written to within its last digit", "[base]") {
  std::mt19937 random(1);
  std::uniform_real_distribution<double> exponent(-300, 300), part(1, 10);
  int same = 0;
  constexpr int kNumbers = 20000;
  for (int i = 0; i < kNumbers; ++i) {
    const double number = part(random) * std::pow(10, exponent(random));
    const std::string text = NumberText(number);
    REQUIRE(std::fabs(std::stod(text) / number - 1) <= 1e-5);
    same += static_cast<int>(text == Printed(number));
  }
  CHECK(same > kNumbers * 999 / 1000);
}

}  // namespace
}  // namespace alice
