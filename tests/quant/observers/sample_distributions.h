#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace alice {

enum class Distribution : std::uint8_t { uniform, gaussian, laplace, student_t3, log_normal, relu_of_gaussian };

/// `count` samples: uniform on [−1, 1); N(0, 1); Laplace with b = 1; Student's t with 3 degrees of freedom;
/// exp(N(0, 1)); max(N(0, 1), 0). The same on every target up to the rounding of log and cos.
std::vector<float> Samples(Distribution distribution, std::size_t count, std::uint32_t seed);

}  // namespace alice
