#include <catch2/catch.hpp>
#include <chrono>
#include <thread>

#include "engine/model.h"
#include "ir/graph_builder.h"
#include "passes/pipeline.h"
#include "random_floats.h"

namespace alice {
namespace {

/// Stops one run for a while, as a busy machine does.
class Interruption final : public RunObserver {
 public:
  static constexpr std::chrono::milliseconds kLength{5};
  explicit Interruption(int run) : run_(run) {}
  void OnBegin() override {
    if (run_-- == 0) std::this_thread::sleep_for(kLength);
  }

 private:
  int run_;
};

TEST_CASE("regression: a run that the machine interrupts makes no small model a slow one", "[engine]") {
  GraphBuilder builder;
  const ValueId x = builder.Input("x", {1, 4});
  const auto w = RandomFloats(16, 1);
  builder.Output(builder.Op(OpKind::MatMul, {x, builder.Constant<float>("w", {4, 4}, w)}, {}, "a"));
  REQUIRE(Optimize(builder.graph, builder.budget).ok());
  auto model = Model::Create(std::move(builder.graph), builder.budget, BestIsa());
  REQUIRE(model.ok());
  const int run = GENERATE(1, 2, 5);  // the first is the warm-up
  Interruption interruption(run);
  const auto ms = model->TimeMs(Precision::fp32, 1, &interruption);
  REQUIRE(ms.ok());
  CHECK(*ms > 0.0);
  CHECK(*ms < static_cast<double>(Interruption::kLength.count()));
}

}  // namespace
}  // namespace alice
