// Instruction counts of the product kernels, for `valgrind --tool=callgrind` or `perf stat`:
//   bench_kernels                      lists the kernels
//   bench_kernels <name> <m> <n> <k>   solves one problem
// On the host the kernels run through simde: counts compare one version of a kernel with the next, not with a browser.
#include <cstdlib>
#include <iostream>
#include <string>

#include "bench/kernels/kernel_problem.h"

int main(int argc, char** argv) {
  auto uses = alice::AllKernelUses();
  for (alice::KernelUse& use : alice::DepthwiseUses()) uses.push_back(std::move(use));
  if (argc != 5) {
    for (const alice::KernelUse& use : uses) std::cout << use.name << '\n';
    return argc == 1 ? EXIT_SUCCESS : EXIT_FAILURE;
  }
  for (const alice::KernelUse& use : uses) {
    if (use.name != argv[1]) continue;
    use.prepare(std::stoul(argv[2]), std::stoul(argv[3]), std::stoul(argv[4]))();
    return EXIT_SUCCESS;
  }
  std::cerr << "there is no kernel \"" << argv[1] << "\"\n";
  return EXIT_FAILURE;
}
