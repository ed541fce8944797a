// What engines of two modules do for one model: the one lends its device to the other, which has the model in service.
#include <algorithm>
#include <utility>

#include "engine/engine.h"

namespace alice {
namespace {

/// Multiply-adds of the products for so many samples.
double MultiplyAdds(const Graph& graph, std::int64_t samples) {
  double sum = 0.0;
  for (const Node& node : graph.nodes) {
    const auto shape_of = [&](ValueId id) { return graph.value(id).shape.At(samples); };
    double depth = 0.0;
    if (node.kind == OpKind::Gemm || node.kind == OpKind::MatMul) {
      depth = static_cast<double>(shape_of(node.inputs[0]).dims().back());
    } else if (node.kind == OpKind::Conv) {
      const Shape weights = shape_of(node.inputs[1]);
      const bool is_matrix = std::get<ConvAttributes>(node.attributes).channels_last;
      const std::int64_t filters = is_matrix ? weights.dims().back() : weights.dims().front();
      depth = static_cast<double>(weights.elements()) / static_cast<double>(std::max<std::int64_t>(filters, 1));
    }
    sum += depth * static_cast<double>(shape_of(node.outputs[0]).elements());
  }
  return sum;
}

}  // namespace

std::unique_ptr<Accelerator> Engine::Fallible(std::unique_ptr<Accelerator> device) {
  if (!device_fault_ || !device) return device;
  auto faulty = std::make_unique<FaultyAccelerator>(std::move(device));
  faulty->set_fault(*device_fault_);
  faulty_ = faulty.get();
  return faulty;
}

void Engine::SetDeviceFault(DeviceFault fault) {
  const bool is_first = !device_fault_;
  device_fault_ = fault;
  if (is_first && accelerator_) accelerator_ = Fallible(std::move(accelerator_));
  if (faulty_ != nullptr) faulty_->set_fault(fault);
}

Status Engine::UseDevice(std::unique_ptr<Accelerator> device, std::size_t rows) {
  if (!service_) return NoModel();
  DropDevice();
  lent_ = Fallible(std::move(device));
  Status used = service_->UseDevice(*lent_, rows);
  if (!used.ok()) {
    DropDevice();
    return Counted(std::move(used).error());
  }
  return {};
}

void Engine::DropDevice() {
  if (!lent_) return;
  if (service_) service_->EndDevice();
  for (const Plan& plan : other_plans_) plan.served->EndDevice();
  if (!accelerator_) faulty_ = nullptr;
  lent_.reset();
}

Result<Engine::Effort> Engine::MeasureEffort(std::size_t rows) {
  if (!service_) return NoModel();
  Model& model = service_->model();
  ALICE_ASSIGN_OR_RETURN(const double ms, model.TimeMs(service_->precision(), rows, service_->observer()));
  return Effort{ms, MultiplyAdds(model.session().graph(), static_cast<std::int64_t>(rows))};
}

Status Engine::PlanOnDevice(std::size_t samples) {
  if (!service_) return NoModel();
  Session& session = service_->model().session();
  ALICE_RETURN_IF_ERROR(session.PlanFor(static_cast<std::int64_t>(samples)));
  session.SetSamples(1);
  return {};
}

Status Engine::RunOnDevice(Precision precision, std::size_t samples) {
  if (!service_) return NoModel();
  Session& session = service_->model().session();
  session.SetSamples(static_cast<std::int64_t>(samples));
  return session.RunOnDevice(precision);
}

}  // namespace alice
