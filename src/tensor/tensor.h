#pragma once

#include <span>
#include <type_traits>
#include <utility>

#include "tensor/buffer.h"
#include "tensor/dtype.h"
#include "tensor/shape.h"

namespace alice {

/// Elements with a type and a shape, in memory that somebody else owns; row-major and contiguous.
struct TensorView {
  DType dtype = DType::f32;
  Shape shape;
  std::byte* data = nullptr;

  template <typename T>
  [[nodiscard]] std::span<T> elements() const {
    ALICE_DCHECK(DTypeOf<std::remove_const_t<T>> == dtype);
    return {reinterpret_cast<T*>(data), static_cast<std::size_t>(shape.elements())};
  }
};

/// What a constant of that type is held for.
constexpr MemoryKind ConstantKind(DType dtype) {
  return dtype == DType::s8 || dtype == DType::u8 ? MemoryKind::weights_int8 : MemoryKind::weights_f32;
}

/// A tensor that owns its memory.
class Tensor {
 public:
  Tensor() = default;

  /// A zeroed tensor. Requires that elements × size fits size_t. Errors: as Buffer::Allocate.
  static Result<Tensor> Zeros(MemoryBudget& budget, MemoryKind kind, DType dtype, const Shape& shape) {
    ALICE_ASSIGN_OR_RETURN(
        Buffer buffer, Buffer::Allocate(budget, kind, static_cast<std::uint64_t>(shape.elements()) * SizeOf(dtype)));
    return Tensor(dtype, shape, std::move(buffer));
  }

  /// A tensor of which only type and shape are known, as after Release().
  static Tensor WithoutElements(DType dtype, const Shape& shape) { return {dtype, shape, Buffer()}; }

  [[nodiscard]] DType dtype() const { return dtype_; }
  [[nodiscard]] const Shape& shape() const { return shape_; }
  [[nodiscard]] std::size_t bytes() const { return buffer_.bytes(); }
  [[nodiscard]] TensorView view() const { return {dtype_, shape_, buffer_.data()}; }
  template <typename T>
  [[nodiscard]] std::span<T> elements() const {
    return view().elements<T>();
  }
  void set_shape(const Shape& shape) {
    ALICE_CHECK(shape.elements() == shape_.elements());
    shape_ = shape;
  }
  /// Frees the elements; type and shape stay known.
  void Release() { buffer_.Reset(); }
  [[nodiscard]] bool released() const { return buffer_.data() == nullptr; }

 private:
  Tensor(DType dtype, const Shape& shape, Buffer buffer) : dtype_(dtype), shape_(shape), buffer_(std::move(buffer)) {}

  DType dtype_ = DType::f32;
  Shape shape_;
  Buffer buffer_;
};

}  // namespace alice
