#include <algorithm>
#include <array>

#include "backends/cpu/conv_geometry.h"
#include "backends/cpu/decoded_product.h"
#include "backends/cpu/gemm_shape.h"
#include "backends/cpu/ops.h"
#include "backends/cpu/scratch_layout.h"
#include "ir/recurrent.h"

namespace alice {
namespace {

/// Gemm or MatMul of float activations and weights that are held as codes.
class DecodedGemmOp final : public Op {
 public:
  explicit DecodedGemmOp(DecodedProduct product) : product_(std::move(product)) {}

  void Prepare(const Graph& graph) override { product_.Prepare(graph); }

  Result<std::uint64_t> Bind(const Binding& binding) override {
    rows_ = GemmShapeOf(binding.inputs[0], binding.inputs[1], {}).m;
    return product_.scratch_bytes();
  }

  void Run(const OpIo& io) const override {
    product_.Run(reinterpret_cast<const float*>(io.inputs[0]), rows_, reinterpret_cast<float*>(io.outputs[0]),
                 io.scratch);
  }

  [[nodiscard]] std::size_t PackedWeightBytes() const override { return product_.bytes(); }
  [[nodiscard]] std::string_view KernelName() const override { return product_.kernel_name(); }

 private:
  DecodedProduct product_;
  std::size_t rows_ = 0;
};

/// An operator with float activations and weights that are held as codes: all of these are decoded, once a run, and the
/// operator works as it does with float weights. For what reads its weights again and again, or not as a matrix.
class DecodedAtOnceOp final : public Op {
 public:
  DecodedAtOnceOp(std::unique_ptr<Op> op, std::shared_ptr<CodedWeights> weights, std::size_t inputs)
      : op_(std::move(op)), weights_(std::move(weights)), input_count_(inputs) {}

  void Prepare(const Graph& graph) override { weights_->Prepare(graph); }

  Result<std::uint64_t> Bind(const Binding& binding) override {
    ScratchLayout scratch;
    scratch.Place(std::uint64_t{weights_->k()} * weights_->n() * sizeof(float) + kBufferSlack);
    ALICE_ASSIGN_OR_RETURN(const std::uint64_t bytes, op_->Bind(binding));
    op_offset_ = scratch.Place(bytes);
    return scratch.bytes();
  }

  void Run(const OpIo& io) const override {
    weights_->Decode(0, weights_->n(), reinterpret_cast<float*>(io.scratch), weights_->n());
    std::array<std::byte*, kMostInputs> inputs{};
    std::copy_n(io.inputs, input_count_, inputs.begin());
    inputs[1] = io.scratch;
    OpIo decoded = io;
    decoded.inputs = inputs.data();
    decoded.scratch = io.scratch + op_offset_;
    op_->Run(decoded);
  }

  [[nodiscard]] std::size_t PackedWeightBytes() const override { return weights_->bytes(); }
  [[nodiscard]] std::string_view KernelName() const override { return op_->KernelName(); }

 private:
  static constexpr std::size_t kMostInputs = kRecurrentP + 1;

  std::unique_ptr<Op> op_;
  std::shared_ptr<CodedWeights> weights_;
  std::size_t input_count_;
  std::size_t op_offset_ = 0;
};

/// A channels-last Conv of one group of float activations and weights that are held as codes.
class DecodedConvOp final : public Op {
 public:
  DecodedConvOp(const CompileContext& context, DecodedProduct product)
      : product_(std::move(product)), attributes_(std::get<ConvAttributes>(context.node.attributes)) {}

  void Prepare(const Graph& graph) override { product_.Prepare(graph); }

  Result<std::uint64_t> Bind(const Binding& binding) override {
    ALICE_ASSIGN_OR_RETURN(geometry_, ConvGeometry::Of(attributes_, binding.inputs[0], binding.inputs[1]));
    const bool gathers = !geometry_.is_pointwise();
    tile_ = gathers ? geometry_.tile() : geometry_.outputs;
    ScratchLayout scratch;
    scratch.Place(gathers ? std::uint64_t{tile_} * geometry_.patch * sizeof(float) : 0);  // patches
    product_offset_ = scratch.Place(product_.scratch_bytes());
    return scratch.bytes();
  }

  void Run(const OpIo& io) const override {
    const auto* x = reinterpret_cast<const float*>(io.inputs[0]);
    auto* y = reinterpret_cast<float*>(io.outputs[0]);
    for (std::size_t sample = 0; sample < geometry_.samples; ++sample) {
      for (std::size_t first = 0; first < geometry_.outputs; first += tile_) {
        const std::size_t count = std::min(tile_, geometry_.outputs - first);
        product_.Run(Patches(io, x, first, count), count, y, io.scratch + product_offset_);
        y += count * product_.n();
      }
      x += geometry_.pixels * geometry_.channels;
    }
  }

  [[nodiscard]] std::size_t PackedWeightBytes() const override { return product_.bytes(); }
  [[nodiscard]] std::string_view KernelName() const override { return product_.kernel_name(); }

 private:
  [[nodiscard]] const float* Patches(const OpIo& io, const float* x, std::size_t first, std::size_t count) const {
    if (geometry_.is_pointwise()) return x + first * geometry_.patch;
    auto* patches = reinterpret_cast<float*>(io.scratch);
    Im2col(geometry_.Patches(0, first, count), x, 0.0f, patches, geometry_.patch);
    return patches;
  }

  DecodedProduct product_;
  ConvAttributes attributes_;
  ConvGeometry geometry_;
  std::size_t tile_ = 0;
  std::size_t product_offset_ = 0;
};

CompiledOp DecodedAtOnce(const CompileContext& context, CompiledOp op) {
  if (!op.ok()) return op;
  ALICE_ASSIGN_OR_RETURN(std::shared_ptr<CodedWeights> weights, AnySharedWeights(context));
  return std::unique_ptr<Op>(
      std::make_unique<DecodedAtOnceOp>(std::move(*op), std::move(weights), context.node.inputs.size()));
}

}  // namespace

CompiledOp CompileDecodedGemm(const CompileContext& context) {
  ALICE_ASSIGN_OR_RETURN(DecodedProduct product, DecodedProduct::Create(context));
  return std::unique_ptr<Op>(std::make_unique<DecodedGemmOp>(std::move(product)));
}

CompiledOp CompileDecodedRecurrent(const CompileContext& context) {
  return DecodedAtOnce(context, CompileRecurrent(context));
}

CompiledOp CompileDecodedConv(const CompileContext& context) {
  if (std::get<ConvAttributes>(context.node.attributes).group > 1) return DecodedAtOnce(context, CompileConv(context));
  ALICE_ASSIGN_OR_RETURN(DecodedProduct product, DecodedProduct::Create(context));
  return std::unique_ptr<Op>(std::make_unique<DecodedConvOp>(context, std::move(product)));
}

}  // namespace alice
