#pragma once

#include <optional>
#include <utility>

#include "base/check.h"
#include "base/status.h"

namespace alice {

/// A value of type T, or the Error that prevented it.
///
///   Result<Graph> ReadModel(Bytes bytes);
///   ALICE_ASSIGN_OR_RETURN(Graph graph, ReadModel(bytes));
///
/// Asking for the part that is not there ends the program (ALICE_CHECK).
///
/// The members are inlined even where the compiler is after size: behind a test of ok() nothing is left of most of them.
template <typename T = void>
class [[nodiscard]] Result {
 public:
  [[gnu::always_inline]] Result(T value) : value_(std::move(value)) {}           // NOLINT(google-explicit-constructor)
  [[gnu::always_inline]] Result(OwnedError error) : error_(std::move(error)) {}  // NOLINT(google-explicit-constructor)

  [[nodiscard]] bool ok() const { return value_.has_value(); }
  explicit operator bool() const { return ok(); }

  [[nodiscard, gnu::always_inline]] T& value() & {
    ALICE_CHECK(ok());
    return *value_;
  }
  [[nodiscard, gnu::always_inline]] const T& value() const& {
    ALICE_CHECK(ok());
    return *value_;
  }
  [[nodiscard, gnu::always_inline]] T&& value() && {
    ALICE_CHECK(ok());
    return std::move(*value_);
  }
  [[nodiscard, gnu::always_inline]] const Error& error() const& {
    ALICE_CHECK(!ok());
    return *error_;
  }
  [[nodiscard, gnu::always_inline]] OwnedError&& error() && {
    ALICE_CHECK(!ok());
    return std::move(error_);
  }

  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

 private:
  std::optional<T> value_;
  OwnedError error_;
};

/// Success, or the Error that prevented it.
template <>
class [[nodiscard]] [[clang::trivial_abi]] Result<void> {
 public:
  Result() = default;
  [[gnu::always_inline]] Result(OwnedError error) : error_(std::move(error)) {}  // NOLINT(google-explicit-constructor)

  [[nodiscard]] bool ok() const { return error_.is_none(); }
  explicit operator bool() const { return ok(); }

  [[nodiscard, gnu::always_inline]] const Error& error() const& {
    ALICE_CHECK(!ok());
    return *error_;
  }
  [[nodiscard, gnu::always_inline]] OwnedError&& error() && {
    ALICE_CHECK(!ok());
    return std::move(error_);
  }

 private:
  OwnedError error_;
};

/// A Result without a value: success, or an Error.
using Status = Result<>;

}  // namespace alice

#define ALICE_JOIN(a, b) a##b
#define ALICE_CONCAT(a, b) ALICE_JOIN(a, b)

/// Returns the error of `expression` (a Result or Status) from the enclosing function, if it has one.
#define ALICE_RETURN_IF_ERROR(expression)                                    \
  do {                                                                       \
    if (auto alice_status = (expression); !alice_status.ok()) [[unlikely]] { \
      return std::move(alice_status).error();                                \
    }                                                                        \
  } while (false)

/// Declares (or assigns) `target` from the value of `expression`, or returns its error.
#define ALICE_ASSIGN_OR_RETURN(target, expression) \
  ALICE_ASSIGN_OR_RETURN_VIA(ALICE_CONCAT(alice_result_, __LINE__), target, expression)
#define ALICE_ASSIGN_OR_RETURN_VIA(result, target, expression) \
  auto result = (expression);                                  \
  if (!result.ok()) [[unlikely]]                               \
    return std::move(result).error();                          \
  target = std::move(result).value()
