#include "ir/verify.h"
#include "onnx/limits.h"
#include "onnx/nested_model.h"

namespace alice {
namespace {

using Floats = std::vector<float>;

/// A body with the inputs i, going, a; it gives going, a + x and, scanned, a.
ModelBuilder Adding() {
  ModelBuilder body;
  body.Input(TensorInfo("i", {}, kOnnxInt64))
      .Input(TensorInfo("going", {}, kOnnxBool))
      .Input("a", {2})
      .Add({"Identity", {"going"}, {"going_on"}})
      .Add({"Add", {"a", "x"}, {"sum"}})
      .Add({"Identity", {"a"}, {"before"}})
      .Output("going_on")
      .Output("sum");
  return body.Field(12, TensorInfo("before", {2}));
}

/// x [2], the initializers of trip count and condition, and the Loop over Adding, which begins with x.
ModelBuilder WithLoop(std::int64_t trips, bool condition, const ModelBuilder& body, const std::string& output) {
  ModelBuilder model;
  return model.Input("x", {2})
      .Initializer(TripCount("trips", trips))
      .Initializer(BoolTensor("c", condition))
      .Add(Loop({"trips", "c", "x"}, {"last", "all"}, body))
      .Output(output);
}

/// A body that gives what it was given and goes on as long as i + 1 < `limit`.
ModelBuilder Until(std::int64_t limit) {
  ModelBuilder body;
  return body.Input(TensorInfo("i", {}, kOnnxInt64))
      .Input(TensorInfo("going", {}, kOnnxBool))
      .Input("a", {2})
      .Initializer(TripCount("one", 1))
      .Initializer(TripCount("limit", limit))
      .Add({"Add", {"i", "one"}, {"next"}})
      .Add({"Less", {"next", "limit"}, {"going_on"}})
      .Add({"Add", {"a", "x"}, {"sum"}})
      .Output("going_on")
      .Output("sum");
}

/// Loops in loops without a node: `depth` of them, each of as many iterations as "trips" says.
ModelBuilder EmptyLoops(int depth) {
  ModelBuilder body;
  for (int level = 0; level < depth; ++level) {
    ModelBuilder outer;
    const std::string name = std::to_string(level);
    outer.Input(TensorInfo("i" + name, {}, kOnnxInt64)).Input(TensorInfo("c" + name, {}, kOnnxBool));
    if (level > 0) outer.Add(Loop({"trips", ""}, {}, body));
    body = outer.Output("c" + name);
  }
  ModelBuilder model;
  model.Input("x", {2}).Initializer(TripCount("trips", kMaxIterations)).Add(Loop({"trips", ""}, {}, body));
  return model.Output("x");
}

}  // namespace

TEST_CASE("a Loop becomes its iterations, and what each of them gives is joined", "[onnx]") {
  const std::map<std::string, Floats> feeds = {{"x", {1, -2}}};
  CHECK(EngineModel(WithLoop(3, true, Adding(), "last")).Run(feeds, {2}) == Floats{4, -8});
  CHECK(EngineModel(WithLoop(3, true, Adding(), "all")).Run(feeds, {3, 2}) == Floats{1, -2, 2, -4, 3, -6});
  CHECK(EngineModel(WithLoop(1, true, Adding(), "all")).Run(feeds, {1, 2}) == Floats{1, -2});
}

TEST_CASE("a Loop without an iteration gives what it was given, and nothing of what it joins", "[onnx]") {
  const std::map<std::string, Floats> feeds = {{"x", {1, -2}}};
  CHECK(EngineModel(WithLoop(0, true, Adding(), "last")).Run(feeds, {2}) == Floats{1, -2});
  CHECK(EngineModel(WithLoop(-1, true, Adding(), "last")).Run(feeds, {2}) == Floats{1, -2});
  CHECK(EngineModel(WithLoop(3, false, Adding(), "last")).Run(feeds, {2}) == Floats{1, -2});
  EngineModel none(WithLoop(0, true, Adding(), "all"));
  REQUIRE(none.graph.ok());
  REQUIRE(Optimize(*none.graph, none.budget).ok());
  CHECK(none.graph->value(none.graph->outputs[0]).shape == SymbolicShape::Of({0, 2}));
}

TEST_CASE("a condition that the body computes from constants ends a Loop", "[onnx]") {
  ModelBuilder model;
  model.Input("x", {2}).Add(Loop({"", "", "x"}, {"last"}, Until(3))).Output("last");
  CHECK(EngineModel(model).Run({{"x", {1, -2}}}, {2}) == Floats{4, -8});
}

TEST_CASE("iterations share the initializers of the body, and have names of their own", "[onnx]") {
  ModelBuilder body;
  body.Input(TensorInfo("i", {}, kOnnxInt64))
      .Input(TensorInfo("going", {}, kOnnxBool))
      .Input("a", {2})
      .Initializer(FloatTensor("w", {2}, {3, 4}))
      .Add({"Mul", {"a", "w"}, {"product"}, {}, "times"})
      .Output("going")
      .Output("product");
  ModelBuilder model;
  model.Input("x", {2}).Initializer(TripCount("trips", 2)).Add(Loop({"trips", "", "x"}, {"y"}, body)).Output("y");
  EngineModel read(model);
  REQUIRE(read.graph.ok());
  CHECK(std::ranges::count(read.graph->values, "w", &Value::name) == 1);
  REQUIRE(read.graph->nodes.size() == 3);
  CHECK(read.graph->nodes[0].name == "times#0");
  CHECK(read.graph->nodes[1].name == "times#1");
  CHECK(read.Run({{"x", {1, 2}}}, {2}) == Floats{9, 32});
}

TEST_CASE("a Loop whose iterations are known only at a run is refused", "[onnx]") {
  ModelBuilder model;
  model.Input("x", {2});
  SECTION("by its trip count") {
    model.Input(TensorInfo("trips", {}, kOnnxInt64)).Add(Loop({"trips", "", "x"}, {"y"}, Adding())).Output("y");
    EngineModel(model).Refused(ErrorCode::shape_unresolved,
                               "Loop \"n\" takes its trip count from \"trips\", which is not a constant");
  }
  SECTION("by its condition") {
    model.Input(TensorInfo("c", {}, kOnnxBool)).Add(Loop({"", "c", "x"}, {"y"}, Adding())).Output("y");
    EngineModel(model).Refused(ErrorCode::shape_unresolved, "takes its condition from \"c\"");
  }
  SECTION("by the condition of its body") {
    ModelBuilder body;
    body.Input(TensorInfo("i", {}, kOnnxInt64))
        .Input(TensorInfo("going", {}, kOnnxBool))
        .Input("a", {})
        .Add({"Less", {"a", "limit"}, {"going_on"}})
        .Output("going_on")
        .Output("a");
    model.Input("limit", {}).Input("start", {}).Add(Loop({"", "", "start"}, {"y"}, body)).Output("y");
    EngineModel(model).Refused(ErrorCode::shape_unresolved, "takes its condition from \"going_on#0\"");
  }
  SECTION("by a shape that its body does not say") {
    model.Initializer(TripCount("trips", 0));
    ModelBuilder open;
    open.Input(TensorInfo("i", {}, kOnnxInt64))
        .Input(TensorInfo("going", {}, kOnnxBool))
        .Output("going")
        .Field(12, TensorInfo("x", {"n"}));
    EngineModel(model.Add(Loop({"trips", ""}, {"all"}, open)).Output("all"))
        .Refused(ErrorCode::shape_unresolved, "does not say the shape of \"x\"");
  }
}

TEST_CASE("a Loop that does not fit its body is refused", "[onnx]") {
  const auto refused = [](const ModelBuilder& model, const std::string& part) {
    EngineModel(model).Refused(ErrorCode::model_invalid_graph, part);
  };
  ModelBuilder model;
  model.Input("x", {2}).Initializer(TripCount("trips", 2)).Initializer(FloatTensor("half", {}, {0.5f}));
  SECTION("in its inputs") {
    refused(model.Add(Loop({"trips"}, {"y"}, Adding())), "3 inputs and 3 outputs instead of 2 and 2");
  }
  SECTION("in its outputs") {
    refused(model.Add(Loop({"trips", "", "x"}, {"y", "all", "more"}, Adding())), "instead of 3 and 4");
  }
  SECTION("in its trip count") {
    refused(model.Add(Loop({"half", "", "x"}, {"y"}, Adding())),
            "the trip count \"half\" of Loop \"n\" is f32[] instead of one i64");
  }
  SECTION("in what it begins with") {
    refused(model.Add(Loop({"trips", "", "", "x"}, {"y"}, Adding())), "lacks its input 2");
  }
  SECTION("which is none") {
    refused(model.Add({"Loop", {"trips", ""}, {"y"}, {}, "n"}), "has 0 attributes instead of its body");
  }
}

TEST_CASE("iterations, their nodes and their bytes are bounded", "[onnx]") {
  SECTION("an endless loop") {
    ModelBuilder model;
    model.Input("x", {2}).Add(Loop({"", "", "x"}, {"last"}, Adding())).Output("last");
    EngineModel(model).Refused(ErrorCode::model_limit, "Loop \"n\" has more than 1024 iterations");
  }
  SECTION("one iteration too many") {
    CHECK(EngineModel(WithLoop(kMaxIterations, true, Adding(), "last")).graph.ok());
    EngineModel(WithLoop(kMaxIterations + 1, true, Adding(), "last"))
        .Refused(ErrorCode::model_limit, "more than 1024 iterations");
  }
  SECTION("loops in loops") {
    for (const int depth : {2, 3, 12}) {
      EngineModel(EmptyLoops(depth)).Refused(ErrorCode::model_limit, "the model has more than 16384 nodes");
    }
  }
  SECTION("a body of many bytes") {
    ModelBuilder body = Adding();
    body.Field(10, std::string(1U << 20, 'x'));  // text that nobody reads
    EngineModel(WithLoop(100, true, body, "last"))
        .Refused(ErrorCode::model_limit, "the iterations of the model's loops have more than 67108864 bytes");
  }
}

TEST_CASE("a model of branches and loops with any one bit turned is answered", "[onnx]") {
  ModelBuilder branch;
  branch.Initializer(FloatTensor("w", {2}, {3, 4})).Add({"Add", {"last", "w"}, {"b"}}).Output("b");
  ModelBuilder model = WithLoop(3, true, Adding(), "y");
  model.Add(If("c", {"y"}, branch, branch));
  std::string bytes = model.Build();
  MemoryBudget budget(kTestBudgetBytes);
  REQUIRE(EngineModel::Read(bytes, {}, "", budget).ok());
  int failures = 0;
  for (std::size_t bit = 0; bit < 8 * bytes.size(); ++bit) {
    const auto turn = [&] { bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ (1 << bit % 8)); };
    turn();
    for (const std::string outputs : {"", "y"}) {
      if (const Result<Graph> graph = EngineModel::Read(bytes, {}, outputs, budget); graph.ok()) {
        failures += Verify(*graph).ok() ? 0 : 1;
      } else {
        failures += graph.error().message.empty() || graph.error().code == ErrorCode::internal ? 1 : 0;
      }
      failures += budget.held_bytes() == 0 ? 0 : 1;
    }
    turn();
  }
  CHECK(failures == 0);
}

}  // namespace alice
