#pragma once

#include <cstdint>
#include <string_view>

#include "protozero/exception.hpp"
#include "protozero/pbf_message.hpp"

namespace alice {

/// A known field came in a wire type that its declaration does not allow.
struct WireTypeError : protozero::exception {
  [[nodiscard]] const char* what() const noexcept override { return "a field has the wrong wire type"; }
};

/// The fields of one protobuf message, front to back. protozero only asserts wire types; here each getter checks
/// them, because the bytes are hostile. Views point into the message's bytes.
///
///   for (Message<NodeField> message(bytes); message.Next();) {
///     switch (message.field()) {
///       case NodeField::name: name = message.Bytes(); break;
///       default: message.Skip();
///     }
///   }
///
/// Throws protozero::exception and its children, which ReadOnnx catches.
template <typename Field>
class Message {
 public:
  explicit Message(std::string_view bytes) : reader_(bytes.data(), bytes.size()) {}

  bool Next() {
    if (!reader_.next()) return false;
    if (reader_.has_wire_type(protozero::pbf_wire_type::length_delimited)) CheckLength();
    return true;
  }
  [[nodiscard]] Field field() const { return static_cast<Field>(reader_.tag()); }
  void Skip() { reader_.skip(); }

  std::int64_t Int() {
    Expect(protozero::pbf_wire_type::varint);
    return reader_.get_int64();
  }
  float Float() {
    Expect(protozero::pbf_wire_type::fixed32);
    return reader_.get_float();
  }
  std::string_view Bytes() {
    Expect(protozero::pbf_wire_type::length_delimited);
    const protozero::data_view view = reader_.get_view();
    return {view.data(), view.size()};
  }

  /// Calls `each(std::int64_t)` for the element or, where the field is packed, for each of its elements.
  template <typename Each>
  void EachInt(Each&& each) {
    if (!reader_.has_wire_type(protozero::pbf_wire_type::length_delimited)) return each(Int());
    for (const std::int64_t element : reader_.get_packed_int64()) each(element);
  }
  /// The same for floats.
  template <typename Each>
  void EachFloat(Each&& each) {
    if (!reader_.has_wire_type(protozero::pbf_wire_type::length_delimited)) return each(Float());
    for (const float element : reader_.get_packed_float()) each(element);
  }

 private:
  void Expect(protozero::pbf_wire_type type) const {
    if (!reader_.has_wire_type(type)) throw WireTypeError();
  }

  /// protozero compares lengths as signed numbers: where a pointer has 32 bits, 2^31 and more would pass.
  void CheckLength() const {
    const protozero::data_view rest = reader_.data();
    const char* at = rest.data();
    const char* const end = at + rest.size();
    const std::uint64_t length = protozero::decode_varint(&at, end);
    if (length > static_cast<std::uint64_t>(end - at)) throw protozero::end_of_buffer_exception();
  }

  protozero::pbf_reader reader_;
};

}  // namespace alice
