#include "backends/cpu/resize_coordinates.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace alice {
namespace {

std::int64_t Nearest(NearestMode mode, float x) {
  switch (mode) {
    case NearestMode::round_prefer_floor:
      return static_cast<std::int64_t>(std::ceil(x - 0.5f));
    case NearestMode::round_prefer_ceil:
      return static_cast<std::int64_t>(std::floor(x + 0.5f));
    case NearestMode::floor:
      return static_cast<std::int64_t>(std::floor(x));
    case NearestMode::ceil:
      return static_cast<std::int64_t>(std::ceil(x));
  }
  return 0;
}

void LinearTaps(float x, std::int64_t size, std::int32_t* indices, float* weights) {
  x = std::clamp(x, 0.0f, static_cast<float>(size - 1));
  const auto first = static_cast<std::int64_t>(x);
  const float part = x - static_cast<float>(first);
  indices[0] = static_cast<std::int32_t>(first);
  indices[1] = static_cast<std::int32_t>(std::min(first + 1, size - 1));
  weights[0] = 1.0f - part;
  weights[1] = part;
}

/// Keys, Cubic convolution interpolation for digital image processing, 1981, with the parameter a.
std::array<float, 4> CubicWeights(float part, float a) {
  const float rest = 1.0f - part;
  const auto near = [a](float d) { return ((a + 2.0f) * d - (a + 3.0f)) * d * d + 1.0f; };
  const auto far = [a](float d) { return ((a * d - 5.0f * a) * d + 8.0f * a) * d - 4.0f * a; };
  return {far(part + 1.0f), near(part), near(rest), far(rest + 1.0f)};
}

void CubicTaps(const ResizeAttributes& resize, float x, std::int64_t size, std::int32_t* indices, float* weights) {
  const float floor = std::floor(x);
  const std::array<float, 4> cubic = CubicWeights(x - floor, resize.cubic_a);
  const std::int64_t first = static_cast<std::int64_t>(floor) - 1;
  float sum = 0.0f;
  for (std::int64_t t = 0; t < 4; ++t) {
    const std::int64_t index = std::clamp<std::int64_t>(first + t, 0, size - 1);
    const bool counts = !resize.exclude_outside || index == first + t;
    indices[t] = static_cast<std::int32_t>(index);
    weights[t] = counts ? cubic[static_cast<std::size_t>(t)] : 0.0f;
    sum += weights[t];
  }
  if (!resize.exclude_outside) return;
  for (std::int64_t t = 0; t < 4; ++t) weights[t] /= sum;
}

}  // namespace

float SourceCoordinate(const ResizeAttributes& resize, const ResizedAxis& axis, std::int64_t place) {
  const auto x = static_cast<float>(place);
  const auto from = static_cast<float>(axis.from);
  switch (resize.coordinates) {
    case Coordinates::half_pixel:
      return (x + 0.5f) / axis.scale - 0.5f;
    case Coordinates::half_pixel_symmetric: {
      const float center = from / 2.0f;
      const float adjustment = static_cast<float>(axis.to) / axis.length;
      return center * (1.0f - adjustment) + (x + 0.5f) / axis.scale - 0.5f;
    }
    case Coordinates::pytorch_half_pixel:
      return axis.to > 1 ? (x + 0.5f) / axis.scale - 0.5f : 0.0f;
    case Coordinates::align_corners:
      return axis.to > 1 ? x * (from - 1.0f) / (axis.length - 1.0f) : 0.0f;
    case Coordinates::asymmetric:
      return x / axis.scale;
    case Coordinates::tf_half_pixel_for_nn:
      return (x + 0.5f) / axis.scale;
    case Coordinates::tf_crop_and_resize:
      if (axis.to <= 1) return 0.5f * (axis.roi_begin + axis.roi_end) * (from - 1.0f);
      return axis.roi_begin * (from - 1.0f) +
             x * (axis.roi_end - axis.roi_begin) * (from - 1.0f) / (axis.length - 1.0f);
  }
  return x;
}

std::int64_t NearestPlace(const ResizeAttributes& resize, const ResizedAxis& axis, std::int64_t place) {
  const std::int64_t nearest = Nearest(resize.nearest, SourceCoordinate(resize, axis, place));
  return std::clamp<std::int64_t>(nearest, 0, axis.from - 1);
}

void TapsOf(const ResizeAttributes& resize, const ResizedAxis& axis, std::int64_t place, std::int32_t* indices,
            float* weights) {
  const float x = SourceCoordinate(resize, axis, place);
  const bool crops = resize.coordinates == Coordinates::tf_crop_and_resize;
  if (crops && !(x >= 0.0f && x <= static_cast<float>(axis.from - 1))) {
    indices[0] = -1;
  } else if (resize.mode == ResizeMode::linear) {
    LinearTaps(x, axis.from, indices, weights);
  } else {
    CubicTaps(resize, x, axis.from, indices, weights);
  }
}

}  // namespace alice
