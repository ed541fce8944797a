#pragma once

#include <string>

namespace alice {

/// A number as printf's "%g" has it: six significant digits without zeros at their end, with an exponent below 1e-4 and from
/// 1e6 on. (A few lines instead of printf, which weighs as much as a kernel.) The last digit may differ by one.
std::string NumberText(double number);

}  // namespace alice
