#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

#include "backends/accelerator.h"
#include "backends/webgl/draws.h"
#include "backends/webgl/shader.h"
#include "tensor/buffer.h"

namespace alice::webgl {

/// A node, compiled to draws.
class DrawnOp {
 public:
  DrawnOp() = default;
  DrawnOp(const DrawnOp&) = delete;
  DrawnOp& operator=(const DrawnOp&) = delete;
  virtual ~DrawnOp() = default;

  /// Adds what the node draws. How many draws and temporaries that are does not depend on the number of samples, and fewer
  /// samples never need larger ones. Allocates nothing but what the list does.
  virtual void Emit(const Binding& binding, DrawList& draws) const = 0;
};

/// What operators are compiled with: the slots of a segment that is being made.
class SegmentBuilder {
 public:
  virtual ~SegmentBuilder() = default;

  /// The slot of a value, which is a constant of the graph, an input of the segment, or made in it.
  virtual Result<Slot> SlotOf(ValueId id) = 0;
  /// A constant of that many bytes, zeroed, to be filled in at once.
  struct Constant {
    Slot slot;
    std::span<std::byte> bytes;
  };
  virtual Result<Constant> AddConstant(std::size_t bytes) = 0;
  virtual Result<const Program*> ProgramOf(const ShaderSpec& spec) = 0;
};

struct DrawContext {
  const Graph& graph;
  const SegmentNode& at;
  SegmentBuilder& builder;

  [[nodiscard]] const Node& node() const { return *at.node; }
  [[nodiscard]] const Value& input(std::size_t index) const { return graph.value(node().inputs[index]); }
  [[nodiscard]] bool has_input(std::size_t index) const {
    return index < node().inputs.size() && node().inputs[index] != kNoValue;
  }
  /// The elements of a constant f32 input, or null where it is not given.
  [[nodiscard]] const float* constant_f32(std::size_t index) const {
    return has_input(index) ? input(index).constant->elements<const float>().data() : nullptr;
  }
  [[nodiscard]] Result<Slot> InputSlot(std::size_t index) const { return builder.SlotOf(node().inputs[index]); }
  [[nodiscard]] Result<Slot> OutputSlot() const { return builder.SlotOf(node().outputs[0]); }
};

using CompiledDraws = Result<std::unique_ptr<DrawnOp>>;

/// A family of operators: which nodes of it can be drawn, and how.
struct DrawnFamily {
  bool (*can_draw)(const Graph& graph, const SegmentNode& node);
  CompiledDraws (*compile)(const DrawContext& context);
};

extern const DrawnFamily kFloatGemm;      // Gemm, MatMul with constant weights
extern const DrawnFamily kQuantizedGemm;  // the same with integer weights
extern const DrawnFamily kFloatConv;      // Conv, channels-last, of one group or depthwise
extern const DrawnFamily kQuantizedConv;  // the same with integer weights
extern const DrawnFamily kPools;          // MaxPool, AveragePool, the global ones; channels-last
extern const DrawnFamily kMatMul;         // of two tensors that are made at run time
extern const DrawnFamily kTranspose;
extern const DrawnFamily kSlice;
extern const DrawnFamily kConcat;
extern const DrawnFamily kPad;
extern const DrawnFamily kGather;         // by constant indices
extern const DrawnFamily kResize;         // to the nearest element
extern const DrawnFamily kActivationOps;  // Relu, Sigmoid, ...
extern const DrawnFamily kUnaryOps;       // Exp, Sqrt, ...: kernels/unary_f32/unary_op.inc
extern const DrawnFamily kPower;          // squares and cubes
extern const DrawnFamily kBinaryOps;      // Add, Mul, ..., broadcast
extern const DrawnFamily kComparisons;    // Equal, Less, ...
extern const DrawnFamily kWhere;
extern const DrawnFamily kReductions;  // ReduceSum, ...: ir/reduction.inc
extern const DrawnFamily kSoftmax;     // and LogSoftmax

/// The family that a node of `graph` belongs to, or null.
const DrawnFamily* FamilyOf(const Graph& graph, const SegmentNode& node);

/// Whether all inputs and outputs of a node are floats.
bool IsFloat(const Graph& graph, const Node& node);

}  // namespace alice::webgl
