#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "protozero/basic_pbf_writer.hpp"
#include "protozero/buffer_tmpl.hpp"

/// Lets protozero write into the vector that WriteOnnx returns.
template <>
struct protozero::buffer_customization<std::vector<std::byte>> {
  using Buffer = std::vector<std::byte>;

  static std::size_t size(const Buffer* buffer) noexcept { return buffer->size(); }
  static void append(Buffer* buffer, const char* data, std::size_t count) {
    const auto* const bytes = reinterpret_cast<const std::byte*>(data);
    buffer->insert(buffer->end(), bytes, bytes + count);
  }
  static void append_zeros(Buffer* buffer, std::size_t count) { buffer->resize(buffer->size() + count); }
  static void resize(Buffer* buffer, std::size_t size) { buffer->resize(size); }
  static void reserve_additional(Buffer* buffer, std::size_t size) { buffer->reserve(buffer->size() + size); }
  static void erase_range(Buffer* buffer, std::size_t from, std::size_t to) {
    const auto begin = buffer->begin();
    buffer->erase(begin + static_cast<std::ptrdiff_t>(from), begin + static_cast<std::ptrdiff_t>(to));
  }
  static char* at_pos(Buffer* buffer, std::size_t pos) { return reinterpret_cast<char*>(buffer->data()) + pos; }
  static void push_back(Buffer* buffer, char byte) { buffer->push_back(static_cast<std::byte>(byte)); }
};

namespace alice {

/// Writes the fields of one protobuf message; the counterpart of Message. While a writer of an inner message lives, only
/// that one may be used. An inner message without fields leaves no trace: where it means something, write Bytes(field, "").
template <typename Field>
class MessageWriter {
 public:
  explicit MessageWriter(std::vector<std::byte>& buffer) : writer_(buffer) {}
  /// Begins the message that is `field` of `outer`; it ends with this object.
  template <typename OuterField>
  MessageWriter(MessageWriter<OuterField>& outer, OuterField field)
      : writer_(outer.writer_, static_cast<protozero::pbf_tag_type>(field)) {}

  void Int(Field field, std::int64_t value) { writer_.add_int64(static_cast<protozero::pbf_tag_type>(field), value); }
  void Float(Field field, float value) { writer_.add_float(static_cast<protozero::pbf_tag_type>(field), value); }
  void Bytes(Field field, std::string_view value) {
    writer_.add_bytes(static_cast<protozero::pbf_tag_type>(field), value.data(), value.size());
  }

 private:
  template <typename>
  friend class MessageWriter;

  protozero::basic_pbf_writer<std::vector<std::byte>> writer_;
};

}  // namespace alice
