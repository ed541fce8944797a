// The kernels of this build for a page that measures them; see bench/ for who does.
#include <emscripten/bind.h>
#include <functional>
#include <string>

#include "bench/kernels/instruction_peaks.h"
#include "bench/kernels/kernel_problem.h"
#include "kernels/gemm_u8s8s32/gemm_u8s8s32.h"

namespace alice {
namespace {

std::function<void()> prepared;

std::string Row(std::string_view name, std::string_view operation, Isa isa) {
  return "{\"name\":\"" + std::string(name) + "\",\"operation\":\"" + std::string(operation) + "\",\"isa\":\"" +
         std::string(IsaName(isa)) + "\"}";
}

/// JSON: {isa, dot, dotSpeedup, peaks: [{name, operation, isa}], kernels: [the same]}.
std::string Describe() {
  std::string peaks;
  for (const InstructionPeak& peak : AllInstructionPeaks()) {
    peaks += (peaks.empty() ? "" : ",") + Row(peak.name, "peak", peak.isa);
  }
  std::string kernels;
  for (const KernelUse& use : AllKernelUses()) {
    kernels += (kernels.empty() ? "" : ",") + Row(use.name, use.operation, use.isa);
  }
  const DotTrial& trial = RelaxedDotTrial();
  return "{\"isa\":\"" + std::string(IsaName(BestIsa())) + "\",\"dot\":\"" +
         std::string(DotMeaningName(trial.meaning)) + "\",\"dotSpeedup\":" + std::to_string(trial.speedup) +
         ",\"peaks\":[" + peaks + "],\"kernels\":[" + kernels + "]}";
}

/// Runs that many steps of an instruction; gives how many products they are.
double RunPeak(const std::string& name, double steps) {
  for (const InstructionPeak& peak : AllInstructionPeaks()) {
    if (peak.name != name) continue;
    peak.run(static_cast<std::size_t>(steps));
    return steps * static_cast<double>(peak.products_per_step);
  }
  return 0.0;
}

bool Prepare(const std::string& name, double m, double n, double k) {
  prepared = nullptr;
  for (const auto& uses : {AllKernelUses(), DepthwiseUses()}) {
    for (const KernelUse& use : uses) {
      if (use.name != name) continue;
      prepared = use.prepare(static_cast<std::size_t>(m), static_cast<std::size_t>(n), static_cast<std::size_t>(k));
    }
  }
  return prepared != nullptr;
}

void Run(double times) {
  for (double i = 0; i < times; ++i) prepared();
}

EMSCRIPTEN_BINDINGS(alice_kernels) {
  emscripten::function("describe", &Describe);
  emscripten::function("runPeak", &RunPeak);
  emscripten::function("prepare", &Prepare);
  emscripten::function("run", &Run);
}

}  // namespace
}  // namespace alice
