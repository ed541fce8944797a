#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "ir/graph.h"
#include "numeric/top1.h"

namespace alice {

/// How the tensors that a model takes, or gives, for one sample lie in one row of 4-byte words: those of f32 first, one
/// behind the other, then the others, each from an even word on. A model of one f32 tensor has that tensor as its row.
class RowLayout {
 public:
  struct Part {
    std::size_t tensor;  ///< its place among the graph's inputs, or outputs
    DType dtype;
    std::size_t offset;  ///< words
    std::size_t bytes;   ///< of one sample: a symbolic axis counts once
  };

  RowLayout() = default;
  RowLayout(const Graph& graph, std::span<const ValueId> tensors);

  [[nodiscard]] std::span<const Part> parts() const { return parts_; }
  /// Of a whole row.
  [[nodiscard]] std::size_t words() const { return words_; }
  /// Words at its beginning that are f32: what is compared, and has to be finite.
  [[nodiscard]] std::size_t floats() const { return floats_; }
  /// What the f32 tensors say of classes, if they are outputs: those whose last axis is known and longer than 1 have scores
  /// along it.
  [[nodiscard]] std::span<const ClassScores> scores() const { return scores_; }

 private:
  std::vector<Part> parts_;
  std::vector<ClassScores> scores_;
  std::size_t words_ = 0;
  std::size_t floats_ = 0;
};

/// Elements of one sample of a value: a symbolic axis counts once.
std::size_t SampleElements(const Graph& graph, ValueId id);

}  // namespace alice
