#include "bindings/text.h"

namespace alice {

using emscripten::typed_memory_view;
using emscripten::val;

val ToJs(std::string_view text) noexcept {
  static const val decoder = val::global("TextDecoder").new_();
  const val view(typed_memory_view(text.size(), reinterpret_cast<const unsigned char*>(text.data())));
#ifdef ALICE_THREADS
  // A browser decodes no memory that threads share.
  return decoder.call<val>("decode", view.call<val>("slice"));
#else
  return decoder.call<val>("decode", view);
#endif
}

std::string TextOf(const val& string) {
  const auto bytes = val::global("TextEncoder").new_().call<val>("encode", string);
  std::string text(bytes["length"].as<std::size_t>(), '\0');
  const val view(typed_memory_view(text.size(), reinterpret_cast<const unsigned char*>(text.data())));
  view.call<void>("set", bytes);
  return text;
}

}  // namespace alice
