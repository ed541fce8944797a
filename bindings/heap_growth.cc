#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <emscripten/em_js.h>
#include <emscripten/emmalloc.h>
#include <emscripten/heap.h>
#include <new>
#include <unistd.h>

#include "tensor/heap_limit.h"

// NOLINTBEGIN(readability-identifier-naming): names of others.
extern "C" {
/// The linker's: where the heap begins.
extern std::byte __heap_base;
/// Emscripten's, in no public header: tells the glue that its views of the memory are void.
void emscripten_notify_memory_growth(std::size_t memory_index);
}
// NOLINTEND(readability-identifier-naming)

namespace alice {
namespace {

constexpr std::size_t kPageBytes = EMSCRIPTEN_PAGE_SIZE;

#ifdef ALICE_PLAIN_JAVASCRIPT
// There growing is to copy the memory into a larger ArrayBuffer. To make one throws where memory is refused: whether it would
// is tried first. The one before stays what it was; so that views of it are seen to be void, as they are in WebAssembly, it is
// given away.
EM_JS(bool, alice_has_room_for, (std::size_t bytes), {
  try {
    return Boolean(new ArrayBuffer(bytes));
  } catch {
    return false;
  }
});
EM_JS(void, alice_grow, (std::size_t pages), {
  const former = wasmMemory.buffer;
  wasmMemory.grow(pages);
  // Not where this very module runs as WebAssembly, as it does while it is made (tools/build/parts).
  if (former.byteLength > 0) structuredClone(former, {transfer : [former]});
});
#endif

bool GrowTo(std::size_t bytes) {
  const std::size_t pages = (bytes - emscripten_get_heap_size() + kPageBytes - 1) / kPageBytes;
#ifdef ALICE_PLAIN_JAVASCRIPT
  if (!alice_has_room_for(bytes)) return false;
  alice_grow(pages);
#else
  if (__builtin_wasm_memory_grow(0, pages) == static_cast<std::size_t>(-1)) return false;
#endif
  emscripten_notify_memory_growth(0);
  return true;
}

bool MakeRoom(std::uintptr_t end) {
  if (end <= emscripten_get_heap_size()) return true;
  const std::size_t grown_bytes = GrownHeapBytes(emscripten_get_heap_size(), end, kPageBytes);
  return grown_bytes != 0 && (GrowTo(grown_bytes) || GrowTo(end));
}

/// emmalloc asks for as much as an allocation takes, even where the heap ends in free memory. Where that is refused, the
/// free end is given up, for the next attempt to begin there.
void GiveUpFreeEnd() {
  if (emmalloc_trim(0) == 0) throw std::bad_alloc();
}

[[maybe_unused]] const std::new_handler kFormerHandler = std::set_new_handler(GiveUpFreeEnd);

}  // namespace
}  // namespace alice

// NOLINTBEGIN(performance-no-int-to-ptr): what is asked for is an address.
extern "C" {
#ifdef ALICE_THREADS
/// Where the heap ends. From there Emscripten takes the memory of the first thread's thread-local variables.
std::uintptr_t* emscripten_get_sbrk_ptr() {
  static auto end = reinterpret_cast<std::uintptr_t>(&__heap_base);
  return &end;
}
#endif

/// Takes the place of Emscripten's function, through which alone the heap grows; that one cannot be given memory back. For
/// one thread: others take no memory.
void* sbrk(std::intptr_t increment) {
#ifdef ALICE_THREADS
  std::uintptr_t& end = *emscripten_get_sbrk_ptr();
#else
  static auto end = reinterpret_cast<std::uintptr_t>(&__heap_base);
#endif
  const std::uintptr_t former = end;
  const std::uintptr_t wanted = former + static_cast<std::uintptr_t>(increment);
  const bool wraps = increment > 0 && wanted < former;
  if (!alice::MakeRoom(wraps ? UINTPTR_MAX : wanted)) {
    errno = ENOMEM;
    return reinterpret_cast<void*>(-1);
  }
  end = wanted;
  return reinterpret_cast<void*>(former);
}
}
// NOLINTEND(performance-no-int-to-ptr)
