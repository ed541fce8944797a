#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace alice {

/// Every error the library can report; the list is error_codes.inc.
enum class ErrorCode : std::uint8_t {
#define ALICE_ERROR(code, stage, text) code,
#include "base/error_codes.inc"
#undef ALICE_ERROR
};

/// The identifier of `code`, e.g. "model_truncated".
std::string_view ErrorCodeName(ErrorCode code);
/// The stage of `code`, e.g. "model".
std::string_view ErrorStage(ErrorCode code);

/// What went wrong and where. `message` is a whole sentence that names the thing.
struct Error {
  ErrorCode code = ErrorCode::internal;
  std::string message;
  std::string node;  ///< the ONNX node's name (or "operator #index" where it has none); may be empty
  std::string hint;  ///< what the caller can do; may be empty
};

/// An Error on its way to whoever handles it, or none. One pointer, because every fallible call carries it.
class [[clang::trivial_abi]] OwnedError {
 public:
  OwnedError() = default;
  explicit OwnedError(Error error);
  [[gnu::always_inline]] OwnedError(OwnedError&& other) noexcept : error_(std::exchange(other.error_, nullptr)) {}
  OwnedError& operator=(OwnedError&& other) noexcept {
    std::swap(error_, other.error_);
    return *this;
  }
  [[gnu::always_inline]] ~OwnedError() {
    if (error_ != nullptr) [[unlikely]]
      Free(error_);
  }

  [[nodiscard]] bool is_none() const { return error_ == nullptr; }
  [[nodiscard]] const Error& operator*() const { return *error_; }
  Error* operator->() { return error_; }
  operator const Error&() const { return *error_; }  // NOLINT(google-explicit-constructor)

  /// This error with `name` as its node, unless a place nearer to the fault has named one.
  OwnedError At(std::string_view name) &&;
  OwnedError WithHint(std::string_view text) &&;

 private:
  static void Free(Error* error) noexcept;

  Error* error_ = nullptr;
};

/// A piece of a message: text, an integer, or a number written as %g writes it. Texts are referred to, not copied.
class MessagePart {
 public:
  MessagePart(const char* text) : kind_(Kind::literal), literal(text) {}         // NOLINT(google-explicit-constructor)
  MessagePart(const std::string_view& text) : kind_(Kind::view), view(&text) {}  // NOLINT(google-explicit-constructor)
  MessagePart(const std::string& text) : kind_(Kind::string), string(&text) {}   // NOLINT(google-explicit-constructor)
  MessagePart(std::integral auto value)                                          // NOLINT(google-explicit-constructor)
      : kind_(Kind::integer), integer(static_cast<std::int64_t>(value)) {}
  MessagePart(std::floating_point auto value)  // NOLINT(google-explicit-constructor)
      : kind_(Kind::number), number(static_cast<double>(value)) {}

  void AppendTo(std::string& message) const;

 private:
  enum class Kind : std::uint8_t { literal, view, string, integer, number } kind_;
  union {
    const char* literal;
    const std::string_view* view;
    const std::string* string;
    std::int64_t integer;
    double number;
  };
};

/// The parts one after the other.
std::string JoinMessage(std::initializer_list<MessagePart> parts);

/// An error whose message is `count` parts one after the other.
[[nodiscard]] OwnedError MakeErrorOf(ErrorCode code, const MessagePart* parts, std::size_t count);

// (Not inlined: the places that tell an error are many, the types of what they tell few.)
template <typename... Parts>
[[nodiscard, gnu::noinline]] OwnedError MakeError(ErrorCode code, const Parts&... parts) {
  const MessagePart all[] = {MessagePart(parts)...};
  return MakeErrorOf(code, all, sizeof...(parts));
}

}  // namespace alice
