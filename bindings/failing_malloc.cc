// For tests: the module's malloc, of which any call can be made to fail.

#include <cerrno>
#include <climits>
#include <cstddef>
#include <emscripten/bind.h>
#include <emscripten/emmalloc.h>

namespace {

long calls = 0;
long live = 0;
long first_failing = LONG_MAX;

/// `operator new` asks a second time when the heap has given up its free end, so two calls in a row fail.
bool Fails() {
  const long call = calls++;
  return call == first_failing || call == first_failing + 1;
}

void* Allocate(std::size_t align, std::size_t bytes) {
  void* const memory = Fails() ? nullptr : emmalloc_memalign(align, bytes);
  if (memory != nullptr) ++live;
  return memory;
}

EMSCRIPTEN_BINDINGS(failing_malloc) {
  /// The n-th call from now on fails, and the one after it; a negative number ends that.
  emscripten::function("failMalloc", +[](int n) { first_failing = n < 0 ? LONG_MAX : calls + n; });
  /// Whether the call that was to fail has come.
  emscripten::function("hasMallocFailed", +[] { return calls > first_failing; });
  /// How many allocations have not been given back.
  emscripten::function("liveAllocations", +[] { return static_cast<int>(live); });
}

}  // namespace

extern "C" {
void* malloc(std::size_t bytes) { return Allocate(alignof(std::max_align_t), bytes); }
void* aligned_alloc(std::size_t align, std::size_t bytes) { return Allocate(align, bytes); }
int posix_memalign(void** memory, std::size_t align, std::size_t bytes) {
  *memory = Allocate(align, bytes);
  return *memory == nullptr ? ENOMEM : 0;
}
void free(void* memory) {
  if (memory != nullptr) --live;
  emmalloc_free(memory);
}
}
