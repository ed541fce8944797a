#include <algorithm>
#include <cstdint>
#include <utility>

#include "engine/check_finite.h"
#include "engine/engine.h"

namespace alice {

Result<Batch> Batch::Create(std::size_t rows, std::size_t input_width, std::size_t output_width, MemoryBudget& budget) {
  if (rows > SIZE_MAX / sizeof(float) / (input_width + output_width)) {
    return MakeError(ErrorCode::budget_exceeded, "a batch of ", rows, " rows does not fit in memory");
  }
  const std::uint64_t outputs_at = AlignUp(std::uint64_t{rows} * input_width * sizeof(float));
  const std::uint64_t answers_at = AlignUp(outputs_at + std::uint64_t{rows} * output_width * sizeof(float));
  ALICE_ASSIGN_OR_RETURN(Buffer room,
                         Buffer::Allocate(budget, MemoryKind::io, answers_at + std::uint64_t{rows} * sizeof(Answer),
                                          Contents::unspecified));
  std::byte* const data = room.data();
  return Batch{.rows = rows,
               .room = std::move(room),
               .inputs = {reinterpret_cast<float*>(data), rows * input_width},
               .outputs = {reinterpret_cast<float*>(data + outputs_at), rows * output_width},
               .answers = {reinterpret_cast<Answer*>(data + answers_at), rows}};
}

Result<std::size_t> Engine::StageBatch(std::size_t rows) {
  if (!service_) return NoModel();
  const Model& model = service_->model();
  auto batch = Batch::Create(rows, model.input_width(), model.output_width(), budget_);
  if (!batch.ok()) {
    OwnedError error = Counted(std::move(batch).error());
    supervisor_.Apply(RecoveryEvent::pressed);
    return error;
  }
  batch->number = next_batch_++;
  batches_.push_back(*std::move(batch));
  return batches_.back().number;
}

const Batch* Engine::batch(std::size_t number) const {
  const auto found = std::ranges::find(batches_, number, &Batch::number);
  return found == batches_.end() ? nullptr : &*found;
}

Result<std::size_t> Engine::InferBatch(std::size_t number, std::size_t first, std::size_t end) {
  if (!service_) return NoModel();
  const Batch* const rows = batch(number);
  if (rows == nullptr || first > end || end > rows->rows) {
    return MakeError(ErrorCode::argument_invalid, "the batch has no rows from ", first, " to ", end);
  }
  const Model& model = service_->model();
  const std::size_t input_width = model.input_width();
  const std::size_t output_width = model.output_width();
  if (rows->inputs.size() != rows->rows * input_width || rows->outputs.size() != rows->rows * output_width) {
    return MakeError(ErrorCode::argument_invalid, "the batch is not for rows of ", input_width, " inputs and ",
                     output_width, " outputs, as the model in service has them");
  }
  const std::span<const float> inputs = rows->inputs.subspan(first * input_width, (end - first) * input_width);
  ALICE_RETURN_IF_ERROR(CheckFinite(inputs, model.input_layout(), model.session().threads()));
  return service_->InferRows(inputs.data(), end - first, rows->outputs.data() + first * output_width,
                             rows->answers.data() + first);
}

void Engine::EndBatch(std::size_t number) {
  std::erase_if(batches_, [&](const Batch& batch) { return batch.number == number; });
  // Where time or memory ran short, the arena of several rows may be what keeps INT8 away.
  if (service_ && supervisor_.machine().wants_probes()) service_->GiveBackRows();
}

}  // namespace alice
