// Writes generated behaviour data: features and labels for training and testing, or the standard calibration
// set.

#include <charconv>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "behavior/labeled_sample.h"
#include "calibration_set.h"

namespace alice {
namespace {

constexpr std::string_view kUsage =
    R"(behavior_dataset features --split train|test --count N --seed S --out DIR
    writes DIR/<split>-features.f32 (N rows of 12 little-endian floats) and DIR/<split>-labels.u8

behavior_dataset calibration --count N --seed S --generated-at TIME --out DIR [--check]
    writes DIR/standard-N.json and DIR/manifest.json; with --check compares with what is there instead
)";

using Options = std::map<std::string, std::string, std::less<>>;

std::optional<Options> ParseOptions(int argc, char** argv) {
  Options options;
  for (int i = 2; i < argc; ++i) {
    const std::string_view name = argv[i];
    if (name == "--check") {
      options.emplace(name, "");
    } else if (name.starts_with("--") && i + 1 < argc) {
      options.emplace(name, argv[++i]);
    } else {
      return std::nullopt;
    }
  }
  return options;
}

std::optional<std::string> Text(const Options& options, std::string_view name) {
  const auto found = options.find(name);
  return found == options.end() ? std::nullopt : std::optional(found->second);
}

std::optional<std::uint32_t> Integer(const Options& options, std::string_view name) {
  const auto text = Text(options, name);
  std::uint32_t value = 0;
  if (!text) return std::nullopt;
  const auto parsed = std::from_chars(text->data(), text->data() + text->size(), value);
  if (parsed.ec != std::errc() || parsed.ptr != text->data() + text->size()) return std::nullopt;
  return value;
}

bool WriteFile(const std::string& path, std::string_view bytes) {
  std::ofstream file(path, std::ios::binary);
  file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  if (file.flush()) return true;
  std::fprintf(stderr, "%s could not be written\n", path.c_str());
  return false;
}

bool FileHolds(const std::string& path, std::string_view bytes) {
  std::ifstream file(path, std::ios::binary);
  const std::string found(std::istreambuf_iterator<char>(file), {});
  if (found == bytes) return true;
  std::fprintf(stderr, "%s is not what the generator makes: see calibration-data/README.md\n", path.c_str());
  return false;
}

int Usage() {
  std::fwrite(kUsage.data(), 1, kUsage.size(), stderr);
  return 2;
}

int WriteFeatures(const Options& options) {
  const auto split_name = Text(options, "--split"), folder = Text(options, "--out");
  const auto count = Integer(options, "--count"), seed = Integer(options, "--seed");
  if (!folder || !count || !seed || (split_name != "train" && split_name != "test")) return Usage();
  const ParameterSplit split = *split_name == "test" ? ParameterSplit::test : ParameterSplit::train;
  std::string features, labels;
  for (std::uint32_t i = 0; i < *count; ++i) {
    const LabeledSample sample = MakeSample(*seed, i, split);
    features.append(reinterpret_cast<const char*>(sample.features.values.data()), sizeof sample.features.values);
    labels += static_cast<char>(sample.label);
  }
  const std::string stem = *folder + '/' + *split_name;
  return WriteFile(stem + "-features.f32", features) && WriteFile(stem + "-labels.u8", labels) ? 0 : 1;
}

int WriteCalibration(const Options& options) {
  const auto folder = Text(options, "--out"), generated_at = Text(options, "--generated-at");
  const auto count = Integer(options, "--count"), seed = Integer(options, "--seed");
  if (!folder || !generated_at || !count || *count < kBehaviorClassCount || !seed) return Usage();
  const std::string command = "behavior_dataset calibration --count " + std::to_string(*count) + " --seed " +
                              std::to_string(*seed) + " --generated-at " + *generated_at + " --out calibration-data";
  const CalibrationFiles files = MakeCalibrationFiles(*count, *seed, *generated_at, command);
  const auto handle = Text(options, "--check") ? FileHolds : WriteFile;
  const bool dataset = handle(*folder + "/standard-" + std::to_string(*count) + ".json", files.dataset);
  const bool manifest = handle(*folder + "/manifest.json", files.manifest);
  return dataset && manifest ? 0 : 1;
}

int Run(int argc, char** argv) {
  const auto options = ParseOptions(argc, argv);
  const std::string_view action = argc > 1 ? argv[1] : "";
  if (options && action == "features") return WriteFeatures(*options);
  if (options && action == "calibration") return WriteCalibration(*options);
  return Usage();
}

}  // namespace
}  // namespace alice

int main(int argc, char** argv) { return alice::Run(argc, argv); }
