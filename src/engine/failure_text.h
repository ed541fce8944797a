#pragma once

#include <algorithm>
#include <array>
#include <string_view>

namespace alice {

/// What an exception said, cut to a fixed size: there may be no memory for more.
class FailureText {
 public:
  FailureText() = default;
  explicit FailureText(std::string_view text) : size_(std::min(text.size(), text_.size())) {
    std::copy_n(text.begin(), size_, text_.begin());
  }
  [[nodiscard]] std::string_view view() const { return {text_.data(), size_}; }

 private:
  std::array<char, 160> text_{};
  std::size_t size_ = 0;
};

}  // namespace alice
