#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "backends/webgl/drawn_op.h"

namespace alice::webgl {

/// A segment as draws between textures: inputs are uploaded, everything is drawn, outputs are read back at the end.
class DrawnSegment final : public AcceleratedSegment {
 public:
  static Result<std::unique_ptr<AcceleratedSegment>> Create(const SegmentSpec& spec, std::shared_ptr<Context> context,
                                                            MemoryBudget& budget);

  Status Plan(std::int64_t samples) override;
  void SetSamples(std::int64_t samples) override;
  Status Run(const SegmentIo& io) override;
  [[nodiscard]] std::size_t bytes() const override;

 private:
  class Builder;

  /// A slot of the graph: a value of the segment, or a constant. They come before the temporaries.
  struct FixedSlot {
    ValueId id = kNoValue;  ///< the root of a value
    SymbolicShape shape{};
    std::size_t element_bytes = 0;  ///< 1 where it holds codes
    Buffer constant{};              ///< its bytes, kept for a context that comes back; else empty
    Texture texture{};              ///< of a constant

    [[nodiscard]] bool is_constant() const { return id == kNoValue; }
  };
  struct CompiledNode {
    std::unique_ptr<DrawnOp> op;
    std::vector<SymbolicShape> input_shapes, output_shapes;
    std::vector<Shape> inputs, outputs;  ///< for the present number of samples
  };

  DrawnSegment(std::shared_ptr<Context> context, MemoryBudget& budget)
      : context_(std::move(context)), budget_(&budget) {}

  /// Gives every slot a texture that nobody else uses while its contents matter, and room to read outputs back.
  Status TakeTextures();
  /// Takes everything anew that a lost context took along.
  void Revive();
  [[nodiscard]] const Texture& TextureOf(Slot slot) const;
  void Execute(const Draw& draw, const Texture& target, std::size_t texels) const;
  /// Builds the programs of all draws that are not.
  Status BuildPrograms();
  Status Show(const ProductTrace& trace, RunObserver& observer);

  std::shared_ptr<Context> context_;
  MemoryBudget* budget_;
  std::uint32_t generation_ = 0;
  std::vector<FixedSlot> fixed_;
  std::vector<Slot> inputs_, outputs_;
  std::vector<CompiledNode> nodes_;

  DrawList draws_;
  std::vector<Texture> textures_;
  std::vector<std::size_t> texture_of_;  ///< of each slot that is no constant
  std::vector<Buffer> read_back_;        ///< of each output
};

}  // namespace alice::webgl
