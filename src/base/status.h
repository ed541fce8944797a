#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

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

/// A piece of a message: text, an integer, or a number written as %g writes it.
class MessagePart {
 public:
  MessagePart(const char* text) : part_(std::string_view(text)) {}         // NOLINT(google-explicit-constructor)
  MessagePart(std::string_view text) : part_(text) {}                      // NOLINT(google-explicit-constructor)
  MessagePart(const std::string& text) : part_(std::string_view(text)) {}  // NOLINT(google-explicit-constructor)
  MessagePart(std::integral auto value)                                    // NOLINT(google-explicit-constructor)
      : part_(static_cast<std::int64_t>(value)) {}
  MessagePart(std::floating_point auto value)  // NOLINT(google-explicit-constructor)
      : part_(static_cast<double>(value)) {}

  void AppendTo(std::string& message) const;

 private:
  std::variant<std::string_view, std::int64_t, double> part_;
};

/// The parts one after the other.
std::string JoinMessage(std::initializer_list<MessagePart> parts);

/// An error whose message is the parts one after the other.
[[nodiscard]] OwnedError MakeErrorOf(ErrorCode code, std::initializer_list<MessagePart> parts);

template <typename... Parts>
[[nodiscard]] OwnedError MakeError(ErrorCode code, const Parts&... parts) {
  return MakeErrorOf(code, {MessagePart(parts)...});
}

}  // namespace alice
