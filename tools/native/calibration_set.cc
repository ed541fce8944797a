#include "calibration_set.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <set>
#include <string_view>
#include <vector>

#include "behavior/labeled_sample.h"
#include "sha256.h"

namespace alice {
namespace {

constexpr std::string_view kFormatVersion = "1.0.0";

/// The shortest text that reads back as the same float or double, in the notation of JavaScript's
/// JSON.stringify.
template <std::floating_point T>
std::string Number(T value) {
  if (value == 0) return "0";
  const bool plain = std::fabs(value) >= T(1e-6) && std::fabs(value) < T(1e21);
  char text[64];
  const auto end =
      std::to_chars(text, text + sizeof text, value, plain ? std::chars_format::fixed : std::chars_format::scientific)
          .ptr;
  std::string number(text, end);
  if (const auto e = number.find('e'); e != std::string::npos && number[e + 2] == '0') number.erase(e + 2, 1);
  return number;
}

std::string Quoted(std::string_view text) { return '"' + std::string(text) + '"'; }

/// "sample-0042"
std::string Numbered(std::string_view what, std::uint32_t index) {
  std::string digits = std::to_string(index);
  digits.insert(0, digits.size() < 4 ? 4 - digits.size() : 0, '0');
  return Quoted(std::string(what) + '-' + digits);
}

std::string SampleJson(const LabeledSample& sample, std::uint32_t index) {
  std::string features;
  for (const float value : sample.features.values) features += (features.empty() ? "" : ",") + Number(value);
  const std::string name = Quoted(BehaviorClassName(sample.label));
  return "{\"id\":" + Numbered("sample", index) + ",\"features\":[" + features + "],\"expectedBehavior\":" + name +
         ",\"trajectoryId\":" + Numbered("trajectory", index) + ",\"synthesisParams\":{\"behavior\":" + name +
         ",\"seed\":" + std::to_string(sample.seed) + ",\"split\":\"train\"}}";
}

struct FeatureStatistics {
  double min = 1, max = 0, mean = 0, std = 0;
  double deciles_used = 0;  ///< share of the ten tenths of [0, 1] that hold a value
};

FeatureStatistics Describe(const std::vector<LabeledSample>& samples, std::size_t feature) {
  FeatureStatistics statistics;
  std::array<bool, 10> used{};
  const auto count = static_cast<double>(samples.size());
  for (const LabeledSample& sample : samples) {
    const double value = sample.features.values[feature];
    statistics.min = std::min(statistics.min, value);
    statistics.max = std::max(statistics.max, value);
    statistics.mean += value / count;
    used[std::min<std::size_t>(9, static_cast<std::size_t>(value * 10))] = true;
  }
  for (const LabeledSample& sample : samples) {
    const double off = sample.features.values[feature] - statistics.mean;
    statistics.std += off * off / count;
  }
  statistics.std = std::sqrt(statistics.std);
  statistics.deciles_used = static_cast<double>(std::ranges::count(used, true)) / 10;
  return statistics;
}

std::string StatisticsJson(const std::vector<LabeledSample>& samples) {
  const auto count = static_cast<double>(samples.size());
  std::array<std::uint32_t, kBehaviorClassCount> distribution{};
  std::set<std::array<float, kFeatureCount>> distinct;
  double sufficient = 0;
  for (const LabeledSample& sample : samples) {
    ++distribution[static_cast<std::size_t>(sample.label)];
    distinct.insert(sample.features.values);
    if (!sample.features.insufficient) sufficient += 1 / count;
  }
  std::string behaviors, features;
  for (std::size_t i = 0; i < kBehaviorClassCount; ++i) {
    behaviors += (i > 0 ? "," : "") + Quoted(kBehaviorClassNames[i]) + ':' + std::to_string(distribution[i]);
  }
  double coverage = 0;
  for (std::size_t i = 0; i < kFeatureCount; ++i) {
    const FeatureStatistics s = Describe(samples, i);
    coverage += s.deciles_used / kFeatureCount;
    features += std::string(i > 0 ? "," : "") + "{\"min\":" + Number(s.min) + ",\"max\":" + Number(s.max) +
                ",\"mean\":" + Number(s.mean) + ",\"std\":" + Number(s.std) + '}';
  }
  const auto [fewest, most] = std::ranges::minmax(distribution);
  const double balance = static_cast<double>(fewest) / most;
  const double unique = static_cast<double>(distinct.size()) / count;
  const double quality = (balance + sufficient + unique + coverage) / 4;
  return "{\"behaviorDistribution\":{" + behaviors + "},\"featureStats\":[" + features +
         "],\"qualityScore\":" + Number(quality) + '}';
}

/// Everything that decides what the samples are.
std::string ConfigHash(std::uint32_t count, std::uint32_t base_seed) {
  std::string config = "generator " + std::string(kGeneratorVersion) + "\nsplit train\nseed " +
                       std::to_string(base_seed) + "\nsamples " + std::to_string(count) + '\n';
  for (const auto name : kBehaviorClassNames) config += "class " + std::string(name) + '\n';
  for (std::size_t i = 0; i < kFeatureCount; ++i) {
    config += "feature " + std::string(kFeatureNames[i]) + " / " + Number(kFeatureDivisors[i]) + '\n';
  }
  return Sha256Hex(config);
}

}  // namespace

CalibrationFiles MakeCalibrationFiles(std::uint32_t count, std::uint32_t base_seed, const std::string& generated_at,
                                      const std::string& command) {
  std::vector<LabeledSample> samples;
  for (std::uint32_t i = 0; i < count; ++i) samples.push_back(MakeSample(base_seed, i, ParameterSplit::train));

  const std::string head = "{\"version\":" + Quoted(kFormatVersion) + ",\"generatedAt\":" + Quoted(generated_at) +
                           ",\"source\":{\"generatorVersion\":" + Quoted(kGeneratorVersion) +
                           ",\"configHash\":" + Quoted(ConfigHash(count, base_seed)) +
                           "},\"totalSamples\":" + std::to_string(count) + ",\"samples\":[";
  const std::string tail = "],\"statistics\":" + StatisticsJson(samples);
  std::string dense = head, lines = head;  // the same JSON; the file has a line for each sample
  for (std::uint32_t i = 0; i < count; ++i) {
    const std::string sample = SampleJson(samples[i], i);
    dense += (i > 0 ? "," : "") + sample;
    lines += (i > 0 ? ",\n" : "\n") + sample;
  }
  CalibrationFiles files;
  files.dataset = lines + '\n' + tail + ",\"signature\":" + Quoted(Sha256Hex(dense + tail + '}')) + "}\n";
  files.manifest = "{\n  \"file\": " + Quoted("standard-" + std::to_string(count) + ".json") +
                   ",\n  \"sha256\": " + Quoted(Sha256Hex(files.dataset)) +
                   ",\n  \"samples\": " + std::to_string(count) + ",\n  \"seed\": " + std::to_string(base_seed) +
                   ",\n  \"generatorVersion\": " + Quoted(kGeneratorVersion) + ",\n  \"command\": " + Quoted(command) +
                   "\n}\n";
  return files;
}

}  // namespace alice
