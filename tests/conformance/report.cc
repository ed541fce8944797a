#include "conformance/report.h"

#include <algorithm>
#include <fstream>

namespace alice {
namespace {

constexpr std::string_view NameOf(Outcome outcome) {
  switch (outcome) {
    case Outcome::passed:
      return "passed";
    case Outcome::failed:
      return "failed";
    case Outcome::unsupported:
      return "unsupported";
    case Outcome::foreign:
      return "foreign";
  }
  return "";
}

std::string OneLine(std::string text) {
  std::ranges::replace_if(text, [](char c) { return c == '\t' || c == '\n'; }, ' ');
  return text;
}

}  // namespace

int CountOf(std::span<const VectorResult> results, std::string_view by, Outcome outcome) {
  return static_cast<int>(std::ranges::count_if(
      results, [&](const VectorResult& result) { return result.by == by && result.outcome == outcome; }));
}

bool WriteReport(std::span<const VectorResult> results, const std::string& file) {
  std::ofstream out(file, std::ios::binary);
  for (const VectorResult& result : results) {
    out << result.by << "\t" << result.vector << "\t" << NameOf(result.outcome) << "\t" << OneLine(result.detail)
        << "\n";
  }
  out.close();
  return !out.fail();
}

}  // namespace alice
