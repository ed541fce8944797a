#pragma once

#include <type_traits>
#include <utility>
#include <variant>

#include "base/check.h"
#include "base/status.h"

namespace alice {

/// A value of type T, or the Error that prevented it.
///
///   Result<Graph> ReadModel(Bytes bytes);
///   ALICE_ASSIGN_OR_RETURN(Graph graph, ReadModel(bytes));
///
/// Asking for the part that is not there ends the program (ALICE_CHECK).
template <typename T = std::monostate>
class [[nodiscard]] Result {
 public:
  Result()
    requires std::is_same_v<T, std::monostate>
      : state_(std::in_place_index<0>) {}
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}      // NOLINT(google-explicit-constructor)
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}  // NOLINT(google-explicit-constructor)

  [[nodiscard]] bool ok() const { return state_.index() == 0; }
  explicit operator bool() const { return ok(); }

  [[nodiscard]] T& value() & {
    ALICE_CHECK(ok());
    return *std::get_if<0>(&state_);
  }
  [[nodiscard]] const T& value() const& {
    ALICE_CHECK(ok());
    return *std::get_if<0>(&state_);
  }
  [[nodiscard]] T&& value() && {
    ALICE_CHECK(ok());
    return std::move(*std::get_if<0>(&state_));
  }
  [[nodiscard]] const Error& error() const& {
    ALICE_CHECK(!ok());
    return *std::get_if<1>(&state_);
  }
  [[nodiscard]] Error&& error() && {
    ALICE_CHECK(!ok());
    return std::move(*std::get_if<1>(&state_));
  }

  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

 private:
  std::variant<T, Error> state_;
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
