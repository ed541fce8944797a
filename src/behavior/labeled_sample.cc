#include "behavior/labeled_sample.h"

namespace alice {

LabeledSample MakeSample(std::uint32_t base_seed, std::uint32_t index, ParameterSplit split) {
  LabeledSample sample;
  sample.label = static_cast<BehaviorClass>(index % kBehaviorClassCount);
  sample.seed = (std::uint64_t{base_seed} << 32) | index;
  GeneratorOptions options;
  options.split = split;
  sample.features = ExtractFeatures(GenerateTrajectory(sample.label, sample.seed, options)).value();
  return sample;
}

}  // namespace alice
