#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include "backends/holdings.h"
#include "base/result.h"
#include "base/threads.h"
#include "ir/graph.h"
#include "kernels/isa.h"
#include "kernels/quantize_u8/quantize_u8.h"
#include "numeric/qparams.h"
#include "tensor/shape.h"
#include "tensor/tensor.h"

namespace alice {

/// The two ways to execute a plan. A node without `int8` runs the same in both.
enum class Precision : std::uint8_t { fp32, int8 };
inline constexpr std::size_t kPrecisions = 2;

/// The concrete shapes of one node for the coming runs.
struct Binding {
  std::span<const Shape> inputs;
  std::span<const Shape> outputs;
  /// How many samples lie along the leading axis of the activations. Each sample is quantized with a range of
  /// its own, so that an answer never depends on its neighbours in a batch.
  std::int64_t samples = 1;
  /// Among how many threads the coming runs may share their work, at most: each that needs scratch has its own.
  std::size_t threads = 1;
};

/// How an operator quantizes what it multiplies (its first input, but see QuantizesFirstInput), and what codes it exchanges with its neighbours.
struct Connection {
  std::optional<QParams> input;     ///< static: how the input is quantized
  std::optional<QuantRange> bound;  ///< dynamic: where its values are clipped
  bool input_is_codes = false;      ///< the input holds u8 codes of `input` already
  std::optional<QParams> output;    ///< the output is to hold u8 codes of these
  bool input_has_ranges = false;    ///< its maker has left the range of each sample
  bool gives_ranges = false;        ///< the range of each sample of the output is wanted
};

/// The integers of some rows of an INT8 product, for those who check them.
struct Int8GemmTrace {
  std::size_t first_row;  ///< of the node's product: all rows of A, a Conv's patches of all samples
  std::size_t m, n, k;    ///< m rows
  const std::uint8_t* a;  ///< quantized activations, row stride `lda`; null where nobody lays them out as such rows
  std::size_t lda;
  const QParams* a_qparams;  ///< one for each `rows_per_group` rows
  std::size_t rows_per_group;
  const std::int32_t* accumulators;  ///< a · B without zero-point correction, row stride n
  const std::int32_t* column_sums;   ///< of B, [n]
  bool by_device = false;            ///< who has multiplied
};

/// Looks on while a session runs, between operators and within them; what it is given is valid during the call.
class RunObserver {
 public:
  virtual ~RunObserver() = default;
  /// Whether a device may have its part in the run: what it does is not seen, but for its INT8 products.
  [[nodiscard]] virtual bool AllowsDevice() const { return false; }
  /// Whether the INT8 products of that node are of interest: a device, which has to compute them once more, shows no others.
  [[nodiscard]] virtual bool LooksAt(std::size_t /*node*/) const { return true; }
  virtual void OnBegin() {}
  /// In FP32: the node of that index, which has a quantized form, is about to multiply `input` with its weights. A recurrent
  /// operator tells so at every step.
  virtual void OnInput(std::size_t /*node*/, const TensorView& /*input*/) {}
  /// The node of that index in the graph has produced `output`: u8 codes of `codes` where that is given.
  virtual void OnOutput(std::size_t /*node*/, const TensorView& /*output*/, const std::optional<QParams>& /*codes*/) {}
  /// The node of that index has multiplied some rows in INT8. Every row of a run comes once, in order.
  virtual void OnInt8Gemm(std::size_t /*node*/, const Int8GemmTrace& /*trace*/) {}
};

/// Where one execution of an Op finds its tensors. `inputs[i]` is null for an optional input that is not
/// given.
struct OpIo {
  std::byte* const* inputs;
  std::byte* const* outputs;
  std::byte* scratch;          ///< as many bytes as Bind asked for, aligned to kBufferAlign
  const MinMax* input_ranges;  ///< one a sample; read and written as Connection says
  MinMax* output_ranges;
  std::size_t node;
  RunObserver* observer;  ///< or null
  Threads threads = {};   ///< as many as were bound for, or the calling one alone, as where somebody looks on
};

/// The size of a matrix.
struct MatrixSize {
  std::size_t rows = 0;
  std::size_t columns = 0;
};

/// One node of a graph, compiled for one precision.
class Op {
 public:
  Op() = default;
  Op(const Op&) = delete;
  Op& operator=(const Op&) = delete;
  virtual ~Op() = default;

  /// Sets the shapes of the coming runs and gives the scratch bytes they need. Allocates nothing. A binding
  /// with fewer samples never needs more scratch. Errors: shape_mismatch for what only concrete shapes show.
  virtual Result<std::uint64_t> Bind(const Binding& binding) = 0;
  /// Fills the memory that it has asked for, once that is taken, from the constants of the graph that it was compiled
  /// from. Called once, before Connect and Run.
  virtual void Prepare(const Graph& /*graph*/) {}
  /// Sets what the coming runs quantize with. Only for operators compiled to Execution::quantized.
  virtual void Connect(const Connection& /*connection*/) {}
  /// The matrix of its second input, if it can as well read that packed (PackF32); else one of no rows.
  [[nodiscard]] virtual MatrixSize PackableWeights() const { return {}; }
  /// In the coming runs it is packed.
  virtual void TakePackedWeights() {}
  /// Executes the node. Cannot fail and allocates nothing: what could go wrong was checked at load and at
  /// Bind.
  virtual void Run(const OpIo& io) const = 0;
  /// Bytes of packed integer weights held by this Op, and of their scales and column sums.
  [[nodiscard]] virtual std::size_t PackedWeightBytes() const { return 0; }
  /// The kernel of its product; empty where it has none.
  [[nodiscard]] virtual std::string_view KernelName() const { return {}; }
  /// The packed codes of the weights themselves, for who wants to see what becomes of faults in them.
  [[nodiscard]] virtual std::span<std::byte> PackedCodes() { return {}; }
};

/// Whether the output of such a node is its first input seen with another shape: it shares its memory and
/// needs no Op.
bool IsView(OpKind kind);

/// What a node is compiled to. Without a quantized form all are the same.
enum class Execution : std::uint8_t {
  fp32,
  quantized,
  decoded,  ///< in float, with the weights that the codes of the quantized form stand for: needs no float weights
};

/// Compiles `node` with the kernels of `isa`, asking `holdings` for the memory of packed weights. Constants of `graph` are
/// referred to where they are used as they lie; the codes of a node's `quantized` are not needed after Prepare. Requires
/// a graph in the form that Optimize gives, whose constants stay where they are. Errors: model_unsupported_operator,
/// model_unsupported_type, model_unsupported_attribute, reduction_too_long, naming the node.
Result<std::unique_ptr<Op>> CompileOp(const Graph& graph, const Node& node, Execution execution, Isa isa,
                                      Holdings& holdings);

}  // namespace alice
