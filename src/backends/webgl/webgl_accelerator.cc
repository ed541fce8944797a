#include "backends/webgl/webgl_accelerator.h"

#include <utility>

#include "backends/webgl/context.h"
#include "backends/webgl/drawn_op.h"
#include "backends/webgl/drawn_segment.h"

namespace alice {
namespace {

class WebglAccelerator final : public Accelerator {
 public:
  explicit WebglAccelerator(std::shared_ptr<webgl::Context> context) : context_(std::move(context)) {}

  [[nodiscard]] std::string_view device() const override { return context_->renderer(); }

  [[nodiscard]] bool CanRun(const Graph& graph, const SegmentNode& node) const override {
    const webgl::DrawnFamily* const family = webgl::FamilyOf(graph, node);
    return family != nullptr && family->can_draw(graph, node);
  }

  Result<std::unique_ptr<AcceleratedSegment>> Compile(const SegmentSpec& spec, MemoryBudget& budget) override {
    return webgl::DrawnSegment::Create(spec, context_, budget);
  }

  void Lose() override { context_->Lose(); }
  void Restore() override { context_->Restore(); }

 private:
  std::shared_ptr<webgl::Context> context_;
};

}  // namespace

Result<std::unique_ptr<Accelerator>> CreateWebglAccelerator() {
  ALICE_ASSIGN_OR_RETURN(std::shared_ptr<webgl::Context> context, webgl::Context::Shared());
  return std::unique_ptr<Accelerator>(std::make_unique<WebglAccelerator>(std::move(context)));
}

}  // namespace alice
