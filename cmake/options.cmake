# Compile options that every target shares. `alice_options` is linked by each library, test and tool.

add_library(alice_options INTERFACE)
target_compile_options(alice_options INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wno-sign-conversion -Werror
  # Integers and floats must come out the same on every target: no fused multiply-add that one of them lacks.
  -ffp-contract=off)
target_include_directories(alice_options INTERFACE ${PROJECT_SOURCE_DIR}/src)

# The host has threads; a WebAssembly program has them where it was asked for them (src/base/threads.h).
if(ALICE_THREADS OR NOT EMSCRIPTEN)
  target_compile_definitions(alice_options INTERFACE ALICE_THREADS)
endif()
if(EMSCRIPTEN AND ALICE_THREADS)
  target_compile_options(alice_options INTERFACE -matomics -mbulk-memory)
  target_link_options(alice_options INTERFACE -sWASM_WORKERS=2)
elseif(NOT EMSCRIPTEN)
  find_package(Threads REQUIRED)
  target_link_libraries(alice_options INTERFACE Threads::Threads)
endif()

if(ALICE_SANITIZE)
  target_compile_options(alice_options INTERFACE
    -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(alice_options INTERFACE -fsanitize=address,undefined)
endif()

if(EMSCRIPTEN)
  # Exceptions stay on for protozero and for a refused allocation; both are caught at the walls (onnx/, bindings/guard.h).
  if(ALICE_PLAIN_JAVASCRIPT)
    set(exceptions -fexceptions)
  else()
    set(exceptions -fwasm-exceptions)
    target_compile_options(alice_options INTERFACE -msimd128)
  endif()
  target_compile_options(alice_options INTERFACE ${exceptions})
  target_link_options(alice_options INTERFACE ${exceptions})
  # A float product keeps 32 KB of weights there (kernels/gemm_f32/blocks.h).
  set(ALICE_STACK_BYTES 65536)
  # Programs for node are CommonJS, whatever the project's own package says.
  file(WRITE ${PROJECT_BINARY_DIR}/package.json "{ \"type\": \"commonjs\" }\n")
endif()
