// The threads of a module: JavaScript makes workers, each of which instantiates the same WebAssembly module over the same
// memory and enters it here (web/src/thread-worker.ts).
#include "bindings/threads.h"

#include <cstddef>
#include <cstdint>
#include <emscripten/bind.h>
#include <emscripten/val.h>
#include <new>

#include "bindings/guard.h"
#include "bindings/js_object.h"

using emscripten::val;

namespace alice {

ThreadTeam& TeamOfModule() {
  static ThreadTeam team;
  return team;
}

namespace {

constexpr std::size_t kStackBytes = ALICE_STACK_BYTES;
constexpr std::size_t kAlign = 64;

/// What a thread has of its own: its thread-local variables, and behind them the stack, which grows towards them.
struct ThreadRoom {
  std::byte* locals;
  std::byte* stack_top;
};

Result<ThreadRoom> MakeRoom() {
  const std::size_t locals_bytes = (__builtin_wasm_tls_size() + kAlign - 1) / kAlign * kAlign;
  const std::size_t bytes = locals_bytes + kStackBytes;
  auto* const memory = static_cast<std::byte*>(::operator new(bytes, std::align_val_t(kAlign), std::nothrow));
  if (memory == nullptr) return MemoryRefused("the stack of a thread");
  return ThreadRoom{memory, memory + bytes};
}

}  // namespace
}  // namespace alice

// A thread begins without a stack, so what gives it one uses none.
// NOLINTBEGIN(readability-identifier-naming): names of C.
extern "C" {
void alice_enter_thread(std::byte* stack_top, std::byte* locals, std::size_t thread);
[[gnu::used]] void alice_serve(std::size_t thread) { alice::TeamOfModule().Serve(thread); }
}
// NOLINTEND(readability-identifier-naming)
__asm__(R"(
  .globaltype __stack_pointer, i32
  .functype __wasm_init_tls (i32) -> ()
  .functype alice_serve (i32) -> ()
  .section .text.alice_enter_thread,"",@
  .globl alice_enter_thread
  .type alice_enter_thread,@function
alice_enter_thread:
  .functype alice_enter_thread (i32, i32, i32) -> ()
  local.get 0
  global.set __stack_pointer
  local.get 1
  call __wasm_init_tls
  local.get 2
  call alice_serve
  end_function
)");

namespace alice {
namespace {

/// A function's address is its place in the table, where names play no part.
std::size_t ThreadEntry() { return reinterpret_cast<std::size_t>(&alice_enter_thread); }

/// Where JavaScript says that a thread is lost.
std::size_t LostFlag() { return reinterpret_cast<std::size_t>(&TeamOfModule().is_lost()); }

void TrapInThread(std::size_t thread) { TeamOfModule().TrapNext(thread); }

val MakeThread() {
  return Guard([]() -> Result<val> {
    ALICE_ASSIGN_OR_RETURN(const ThreadRoom room, MakeRoom());
    JsObject object;
    object.Set("stackTop", reinterpret_cast<std::size_t>(room.stack_top));
    object.Set("locals", reinterpret_cast<std::size_t>(room.locals));
    return object;
  });
}

EMSCRIPTEN_BINDINGS(alice_threads) {
  emscripten::function("threadEntry", &ThreadEntry);
  emscripten::function("threadLostFlag", &LostFlag);
  emscripten::function("trapInThread", &TrapInThread);
  emscripten::function("makeThread", &MakeThread);
}

}  // namespace
}  // namespace alice
