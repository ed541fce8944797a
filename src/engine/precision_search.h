#pragma once

#include <cstddef>
#include <optional>
#include <vector>

namespace alice {

/// Looks for few layers to keep in float so that the model is good enough. A sequence of trials: run the model with the
/// layers of trial() in float and all others quantized, tell Report whether that was good enough, until done().
///
/// That keeping none is not good enough is known. The layers are kept from the most harmful on, as many as it takes
/// (bisection over their number; all of them in float are good enough by definition). Then each kept layer, the least
/// harmful first, is quantized again for good if the rest still suffices. What remains is minimal where quantizing one
/// more layer never helps: none of the kept layers can be given back alone.
class PrecisionSearch {
 public:
  /// The layers, one at least, the most harmful first.
  explicit PrecisionSearch(std::vector<std::size_t> layers_by_harm);

  [[nodiscard]] bool done() const { return stage_ == Stage::done; }
  /// The layers in float in the trial to be run; once done(), those to keep.
  [[nodiscard]] std::vector<std::size_t> trial() const;
  /// The trial was run.
  void Report(bool is_good_enough);

 private:
  enum class Stage { bisect, give_back, done };
  void NextBisection();
  void NextGivenBack();

  Stage stage_ = Stage::bisect;
  std::vector<std::size_t> layers_;
  std::size_t too_few_ = 0;        ///< bisection: so many kept are not good enough
  std::size_t enough_ = 0;         ///< bisection: so many are
  std::vector<std::size_t> kept_;  ///< afterwards
  std::size_t candidate_ = 0;      ///< the kept one that the trial gives back
};

}  // namespace alice
