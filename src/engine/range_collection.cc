#include "engine/range_collection.h"

#include <algorithm>

#include "quant/observers/quantization_error.h"
#include "quant/observers/range_search.h"

namespace alice {

Result<std::unique_ptr<RangeCollection>> RangeCollection::Create(const Session& session, CalibratorKind calibrator,
                                                                 const ObserverOptions& options,
                                                                 std::optional<double> first_percentile,
                                                                 std::optional<double> last_percentile) {
  auto collection = std::make_unique<RangeCollection>();
  collection->options_ = options;
  std::vector<std::size_t> layers;
  const auto& nodes = session.graph().nodes;
  for (std::size_t index = 0; index < nodes.size(); ++index) {
    const std::optional<QuantizedForm>& form = nodes[index].quantized;
    if (form && !form->input && !IsFp8(form->scheme.weights.type)) layers.push_back(index);
  }
  for (const std::size_t layer : layers) {
    const std::optional<double> percentile = layer == layers.front() && first_percentile ? first_percentile
                                             : layer == layers.back()                    ? last_percentile
                                                                                         : std::nullopt;
    ObserverOptions own = options;
    if (percentile) {
      own.percentile = *percentile;
      own.percentile_auto = false;
    }
    ALICE_ASSIGN_OR_RETURN(std::unique_ptr<Observer> observer,
                           MakeObserver(percentile ? CalibratorKind::percentile : calibrator, own));
    collection->layers_.push_back({layer, std::move(observer)});
  }
  return collection;
}

void RangeCollection::OnInput(std::size_t node, const TensorView& input) {
  const auto layer = std::ranges::find(layers_, node, &Layer::node);
  if (layer == layers_.end() || !status_.ok()) return;
  status_ = layer->observer->Observe(input.elements<const float>());
}

Status RangeCollection::ApplyTo(Session& session) const {
  if (!status_.ok()) return OwnedError(status_.error());
  for (const Layer& layer : layers_) {
    const QuantRange range = layer.observer->Range();
    const bool is_dynamic =
        session.graph().nodes[layer.node].quantized->scheme.activations.strategy == Strategy::dynamic;
    if (!is_dynamic || Pays(*layer.observer, range)) session.SetRange(layer.node, range);
  }
  return {};
}

bool RangeCollection::Pays(const Observer& observer, QuantRange range) const {
  const Histogram* histogram = observer.histogram();
  if (histogram == nullptr || histogram->count() == 0) return true;
  const QuantRange whole = WidestRange(*histogram, options_);
  return QuantizationMse(*histogram, GridOf(range, options_)) <= QuantizationMse(*histogram, GridOf(whole, options_));
}

}  // namespace alice
