#pragma once

#include <cstddef>
#include <cstring>
#include <vector>

namespace alice {

/// n elements for a kernel to write, between canary bytes. Two of them are equal when every byte is, canaries
/// included: so a kernel that writes outside its columns differs from one that does not.
template <typename T>
class Guarded {
 public:
  /// The elements start `offset` elements past an aligned address.
  explicit Guarded(std::size_t n, std::size_t offset = 0)
      : first_(kMargin + offset * sizeof(T)), bytes_(first_ + n * sizeof(T) + kMargin, kCanary) {}

  [[nodiscard]] T* data() { return reinterpret_cast<T*>(bytes_.data() + first_); }
  [[nodiscard]] T& operator[](std::size_t i) { return data()[i]; }

  friend bool operator==(const Guarded&, const Guarded&) = default;

 private:
  static constexpr std::size_t kMargin = 64;
  static constexpr unsigned char kCanary = 0xA5;

  std::size_t first_;
  std::vector<unsigned char> bytes_;
};

}  // namespace alice
