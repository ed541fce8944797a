#include "base/status.h"

#include <cstdio>
#include <iterator>

namespace alice {
namespace {

struct Row {
  std::string_view name, stage;
};

constexpr Row kRows[] = {
#define ALICE_ERROR(code, stage, text) {#code, #stage},
#include "base/error_codes.inc"
#undef ALICE_ERROR
};

const Row& RowOf(ErrorCode code) {
  const auto index = static_cast<std::size_t>(code);
  return kRows[index < std::size(kRows) ? index : static_cast<std::size_t>(ErrorCode::internal)];
}

}  // namespace

std::string_view ErrorCodeName(ErrorCode code) { return RowOf(code).name; }
std::string_view ErrorStage(ErrorCode code) { return RowOf(code).stage; }

OwnedError::OwnedError(Error error) : error_(new Error(std::move(error))) {}

void OwnedError::Free(Error* error) noexcept { delete error; }

OwnedError OwnedError::At(std::string_view name) && {
  if (error_->node.empty()) error_->node = name;
  return std::move(*this);
}

OwnedError OwnedError::WithHint(std::string_view text) && {
  error_->hint = text;
  return std::move(*this);
}

void MessagePart::AppendTo(std::string& message) const {
  if (const auto* text = std::get_if<std::string_view>(&part_)) {
    message += *text;
  } else if (const auto* integer = std::get_if<std::int64_t>(&part_)) {
    message += std::to_string(*integer);
  } else {
    char text_of_number[32];
    std::snprintf(text_of_number, sizeof text_of_number, "%g", *std::get_if<double>(&part_));
    message += text_of_number;
  }
}

std::string JoinMessage(std::initializer_list<MessagePart> parts) {
  std::string message;
  for (const MessagePart& part : parts) part.AppendTo(message);
  return message;
}

OwnedError MakeErrorOf(ErrorCode code, std::initializer_list<MessagePart> parts) {
  return OwnedError({.code = code, .message = JoinMessage(parts), .node = {}, .hint = {}});
}

}  // namespace alice
