#pragma once

#include <cstddef>
#include <vector>

namespace alice {

/// A graph input or output that may lie in memory of the caller's: everything that points to it. These places stay where they
/// are as long as the port is used. Without any it cannot move.
class Port {
 public:
  void AddPlace(std::byte*& place) { places_.push_back(&place); }

  /// Where it is now, and will be again. The places point there already.
  void SetHome(std::byte* home) { home_ = data_ = home; }

  /// Lets every place point to `data`, or home where that is null; gives whether the port can move.
  bool MoveTo(std::byte* data) {
    if (data == nullptr) data = home_;
    if (data != data_) {
      for (std::byte** const place : places_) *place = data;
      data_ = data;
    }
    return !places_.empty();
  }

 private:
  std::vector<std::byte**> places_;
  std::byte* home_ = nullptr;
  std::byte* data_ = nullptr;
};

}  // namespace alice
