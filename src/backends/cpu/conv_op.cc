#include <algorithm>

#include "backends/cpu/conv_geometry.h"
#include "backends/cpu/fp8_weights.h"
#include "backends/cpu/ops.h"
#include "backends/cpu/scratch_layout.h"
#include "kernels/gemm_f32/gemm_f32.h"

namespace alice {
namespace {

/// A channels-last Conv in FP32: tiles of patches times the filters of their group.
class ConvF32 {
 public:
  explicit ConvF32(const CompileContext& context)
      : gemm_(SelectGemmF32(context.isa)),
        attributes_(std::get<ConvAttributes>(context.node.attributes)),
        bias_(context.constant_f32(2)),
        activation_(context.node.activation) {}

  /// Gives the bytes of scratch that Run needs.
  Result<std::uint64_t> Bind(const Binding& binding) {
    ALICE_ASSIGN_OR_RETURN(geometry_, ConvGeometry::Of(attributes_, binding.inputs[0], binding.inputs[1]));
    if (geometry_.is_pointwise()) return std::uint64_t{0};
    return AlignUp(std::uint64_t{geometry_.tile()} * geometry_.patch * sizeof(float) + kBufferSlack);
  }

  void Run(const float* x, const float* w, float* y, float* scratch) const {
    const std::size_t filters = geometry_.filters * geometry_.groups;
    for (std::size_t sample = 0; sample < geometry_.samples; ++sample) {
      for (std::size_t first = 0; first < geometry_.outputs; first += geometry_.tile()) {
        const std::size_t count = std::min(geometry_.tile(), geometry_.outputs - first);
        for (std::size_t group = 0; group < geometry_.groups; ++group) {
          const std::size_t column = group * geometry_.filters;
          gemm_.run({.m = count,
                     .n = geometry_.filters,
                     .k = geometry_.patch,
                     .a = Patches(x, group, first, count, scratch),
                     .lda = geometry_.patch,
                     .b = w + column,
                     .ldb = filters,
                     .bias = bias_ == nullptr ? nullptr : bias_ + column,
                     .activation = activation_,
                     .c = y + first * filters + column,
                     .ldc = filters});
        }
      }
      x += geometry_.pixels * geometry_.channels;
      y += geometry_.outputs * filters;
    }
  }

 private:
  const float* Patches(const float* x, std::size_t group, std::size_t first, std::size_t count, float* scratch) const {
    if (geometry_.is_pointwise()) return x + first * geometry_.patch;
    Im2col(geometry_.Patches(group, first, count), x, 0.0f, scratch, geometry_.patch);
    return scratch;
  }

  const GemmF32Kernel& gemm_;
  ConvAttributes attributes_;
  const float* bias_;
  Activation activation_;
  ConvGeometry geometry_;
};

class ConvOp final : public Op {
 public:
  explicit ConvOp(const CompileContext& context) : conv_(context) {}

  Result<std::uint64_t> Bind(const Binding& binding) override { return conv_.Bind(binding); }

  void Run(const OpIo& io) const override {
    conv_.Run(reinterpret_cast<const float*>(io.inputs[0]), reinterpret_cast<const float*>(io.inputs[1]),
              reinterpret_cast<float*>(io.outputs[0]), reinterpret_cast<float*>(io.scratch));
  }

 private:
  ConvF32 conv_;
};

/// A Conv whose FP8 weights are decoded into scratch at every run.
class Fp8ConvOp final : public Op {
 public:
  Fp8ConvOp(const CompileContext& context, Fp8Weights weights) : conv_(context), weights_(std::move(weights)) {}

  Result<std::uint64_t> Bind(const Binding& binding) override {
    ALICE_ASSIGN_OR_RETURN(const std::uint64_t conv_bytes, conv_.Bind(binding));
    ScratchLayout scratch;
    scratch.Place(std::uint64_t{weights_.k()} * weights_.n() * sizeof(float) + kBufferSlack);  // decoded weights
    conv_offset_ = scratch.Place(conv_bytes);
    return scratch.bytes();
  }

  void Run(const OpIo& io) const override {
    auto* w = reinterpret_cast<float*>(io.scratch);
    weights_.Decode(0, weights_.n(), w, weights_.n());
    conv_.Run(reinterpret_cast<const float*>(io.inputs[0]), w, reinterpret_cast<float*>(io.outputs[0]),
              reinterpret_cast<float*>(io.scratch + conv_offset_));
  }

  [[nodiscard]] std::size_t PackedWeightBytes() const override { return weights_.bytes(); }

 private:
  ConvF32 conv_;
  Fp8Weights weights_;
  std::size_t conv_offset_ = 0;
};

}  // namespace

CompiledOp CompileConv(const CompileContext& context) {
  if (!std::get<ConvAttributes>(context.node.attributes).channels_last) {
    return MakeError(ErrorCode::model_unsupported_operator, "Conv \"", context.node.name,
                     "\" has weights or a bias that are computed at run time; only constants are supported");
  }
  return std::unique_ptr<Op>(std::make_unique<ConvOp>(context));
}

CompiledOp CompileFp8Conv(const CompileContext& context) {
  ALICE_ASSIGN_OR_RETURN(Fp8Weights weights, Fp8Weights::Create(context));
  return std::unique_ptr<Op>(std::make_unique<Fp8ConvOp>(context, std::move(weights)));
}

}  // namespace alice
