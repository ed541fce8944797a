#include "base/status.h"

#include <iterator>

#include "base/number_text.h"

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

std::string Joined(const MessagePart* parts, std::size_t count) {
  std::string message;
  for (std::size_t i = 0; i < count; ++i) parts[i].AppendTo(message);
  return message;
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
  switch (kind_) {
    case Kind::literal:
      message += literal;
      return;
    case Kind::view:
      message += *view;
      return;
    case Kind::string:
      message += *string;
      return;
    case Kind::integer:
      message += std::to_string(integer);
      return;
    case Kind::number:
      message += NumberText(number);
  }
}

std::string JoinMessage(std::initializer_list<MessagePart> parts) { return Joined(parts.begin(), parts.size()); }

OwnedError MakeErrorOf(ErrorCode code, const MessagePart* parts, std::size_t count) {
  return OwnedError({.code = code, .message = Joined(parts, count), .node = {}, .hint = {}});
}

}  // namespace alice
