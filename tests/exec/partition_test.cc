#include "exec/partition.h"

#include <catch2/catch.hpp>
#include <string>

namespace alice {
namespace {

/// The stretches of steps of these kinds, of which the device runs those marked x: "0-2 4-5".
std::string PartitionText(const std::vector<OpKind>& kinds, const std::string& marks) {
  std::vector<Node> nodes(kinds.size());
  std::vector<SegmentNode> steps(kinds.size());
  Flags runs_there;
  for (std::size_t i = 0; i < kinds.size(); ++i) {
    nodes[i].kind = kinds[i];
    steps[i].node = &nodes[i];
    runs_there.push_back(marks[i] == 'x');
  }
  std::string text;
  for (const StepRange range : Partition(steps, runs_there)) {
    text += (text.empty() ? "" : " ") + std::to_string(range.first) + "-" + std::to_string(range.end);
  }
  return text;
}

TEST_CASE("steps go to a device in the longest stretches that have a product", "[exec]") {
  using enum OpKind;
  CHECK(PartitionText({}, "").empty());
  CHECK(PartitionText({Gemm}, "x") == "0-1");
  CHECK(PartitionText({Gemm}, ".").empty());
  CHECK(PartitionText({Conv, Relu, Gemm, Softmax}, "xxxx") == "0-4");
  CHECK(PartitionText({Relu, Gemm, LSTM, MatMul, Add}, "xx.xx") == "0-2 3-5");
  CHECK(PartitionText({LSTM, Gemm, LSTM}, ".x.") == "1-2");
  CHECK(PartitionText({Relu, Add, LSTM, Gemm, Softmax}, "xx.xx") == "3-5");
  CHECK(PartitionText({Gemm, LSTM, LSTM, Gemm}, "x..x") == "0-1 3-4");
}

}  // namespace
}  // namespace alice
