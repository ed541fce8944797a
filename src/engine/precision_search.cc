#include "engine/precision_search.h"

#include <utility>

#include "base/check.h"

namespace alice {

PrecisionSearch::PrecisionSearch(std::vector<std::size_t> layers_by_harm)
    : layers_(std::move(layers_by_harm)), enough_(layers_.size()) {
  ALICE_CHECK(!layers_.empty());
  NextBisection();
}

std::vector<std::size_t> PrecisionSearch::trial() const {
  switch (stage_) {
    case Stage::bisect: {
      const std::size_t middle = (too_few_ + enough_) / 2;
      return {layers_.begin(), layers_.begin() + static_cast<std::ptrdiff_t>(middle)};
    }
    case Stage::give_back: {
      std::vector<std::size_t> rest = kept_;
      rest.erase(rest.begin() + static_cast<std::ptrdiff_t>(candidate_));
      return rest;
    }
    case Stage::done:
      return kept_;
  }
  return {};
}

void PrecisionSearch::Report(bool is_good_enough) {
  ALICE_CHECK(!done());
  switch (stage_) {
    case Stage::bisect:
      (is_good_enough ? enough_ : too_few_) = (too_few_ + enough_) / 2;
      return NextBisection();
    case Stage::give_back:
      if (is_good_enough) kept_ = trial();
      return NextGivenBack();
    case Stage::done:
      return;
  }
}

void PrecisionSearch::NextBisection() {
  if (enough_ - too_few_ > 1) return;
  kept_.assign(layers_.begin(), layers_.begin() + static_cast<std::ptrdiff_t>(enough_));
  // Without the last of them it was not good enough: the ones before are to be tried.
  candidate_ = kept_.size() - 1;
  NextGivenBack();
}

void PrecisionSearch::NextGivenBack() {
  stage_ = candidate_ == 0 ? Stage::done : Stage::give_back;
  if (candidate_ > 0) --candidate_;
}

}  // namespace alice
