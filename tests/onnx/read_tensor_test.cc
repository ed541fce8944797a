#include "onnx/read_tensor.h"

#include "catch2/catch.hpp"

#include "onnx/model_builder.h"

namespace alice {
namespace {

constexpr std::int32_t kOnnxUint8 = 2, kOnnxInt8 = 3, kOnnxInt32 = 6, kOnnxBool = 9, kOnnxFloat16 = 10,
                       kOnnxDouble = 11, kOnnxE4M3 = 17, kOnnxE5M2 = 19, kOnnxUint4 = 21, kOnnxInt4 = 22;

Result<Tensor> Read(const std::string& bytes, MemoryBudget& budget) {
  ALICE_ASSIGN_OR_RETURN(NamedTensor named, ReadTensor(bytes, "owner", budget));
  CHECK(named.name == "w");
  return std::move(named.tensor);
}

template <typename T>
void CheckElements(const std::string& bytes, const std::vector<T>& expected) {
  MemoryBudget budget(1U << 20);
  const Result<Tensor> tensor = Read(bytes, budget);
  REQUIRE(tensor.ok());
  REQUIRE(tensor.value().dtype() == DTypeOf<T>);
  const std::span<T> elements = tensor.value().template elements<T>();
  CHECK(std::vector<T>(elements.begin(), elements.end()) == expected);
}

void CheckError(const std::string& bytes, ErrorCode code, const std::string& message) {
  MemoryBudget budget(1U << 20);
  const Result<NamedTensor> tensor = ReadTensor(bytes, "owner", budget);
  REQUIRE(!tensor.ok());
  CHECK(ErrorCodeName(tensor.error().code) == ErrorCodeName(code));
  CHECK(tensor.error().message == message);
  CHECK(budget.peak_bytes() == 0);
}

}  // namespace

TEST_CASE("a tensor's elements are read from each field that may hold them", "[onnx]") {
  const std::vector<float> floats = {1.5f, -2.0f, 0.25f};
  CheckElements(FloatTensor("w", {3}, floats), floats);
  {
    std::string bytes = TensorHeader("w", {3}, kOnnxFloat);
    protozero::pbf_writer(bytes).add_packed_float(4, floats.begin(), floats.end());
    CheckElements(bytes, floats);
  }
  {
    std::string bytes = TensorHeader("w", {3}, kOnnxFloat);
    for (const float value : floats) protozero::pbf_writer(bytes).add_float(4, value);
    CheckElements(bytes, floats);
  }
  {
    const std::vector<std::int64_t> values = {-1, std::int64_t{1} << 60, 7};
    CheckElements(Int64Tensor("w", values), values);
    std::string bytes = TensorHeader("w", {3}, kOnnxInt64);
    protozero::pbf_writer(bytes).add_packed_int64(7, values.begin(), values.end());
    CheckElements(bytes, values);
  }
  for (const bool packed : {false, true}) {
    const std::vector<std::int32_t> values = {-128, 127, 5};
    const auto with_int32_data = [&](std::int32_t type, const std::vector<std::int32_t>& from) {
      std::string bytes = TensorHeader("w", {3}, type);
      protozero::pbf_writer writer(bytes);
      if (packed) writer.add_packed_int32(5, from.begin(), from.end());
      for (const std::int32_t value : from) {
        if (!packed) writer.add_int32(5, value);
      }
      return bytes;
    };
    CheckElements<std::int32_t>(with_int32_data(kOnnxInt32, values), {-128, 127, 5});
    CheckElements<std::int8_t>(with_int32_data(kOnnxInt8, values), {-128, 127, 5});
    CheckElements<std::uint8_t>(with_int32_data(kOnnxUint8, {0, 255, 3}), {0, 255, 3});
    CheckElements<bool>(with_int32_data(kOnnxBool, {0, 1, 1}), {false, true, true});
  }
  // Any byte but 0 is true: a bool in memory has to be 0 or 1.
  CheckElements<bool>(RawTensor<std::uint8_t>("w", {3}, kOnnxBool, {0, 255, 2}), {false, true, true});
  CheckElements<float>(FloatTensor("w", {}, {3.0f}), {3.0f});
  CheckElements<float>(FloatTensor("w", {0, 5}, {}), {});
}

TEST_CASE("codes are read one a byte, those of 4 bits two", "[onnx]") {
  const std::vector<std::uint8_t> bytes = {0x8F, 0x70, 0x05};
  CheckElements<S4>(RawTensor("w", {5}, kOnnxInt4, bytes), {S4{-1}, S4{-8}, S4{0}, S4{7}, S4{5}});
  CheckElements<U4>(RawTensor("w", {5}, kOnnxUint4, bytes), {U4{15}, U4{8}, U4{0}, U4{7}, U4{5}});
  CheckElements<F8E4M3>(RawTensor("w", {3}, kOnnxE4M3, bytes), {F8E4M3{0x8F}, F8E4M3{0x70}, F8E4M3{0x05}});
  CheckElements<F8E5M2>(RawTensor("w", {3}, kOnnxE5M2, bytes), {F8E5M2{0x8F}, F8E5M2{0x70}, F8E5M2{0x05}});
  CheckElements<S4>(RawTensor<std::uint8_t>("w", {0, 3}, kOnnxInt4, {}), {});
  std::string typed = TensorHeader("w", {2, 1}, kOnnxInt4);
  protozero::pbf_writer(typed).add_int32(5, 0x8F);
  CheckElements<S4>(typed, {S4{-1}, S4{-8}});
}

TEST_CASE("codes that do not fit their shape are refused before memory is taken", "[onnx]") {
  const auto of = [](std::int32_t type, std::vector<std::int64_t> dims, const std::vector<std::uint8_t>& bytes) {
    return RawTensor("w", dims, type, bytes);
  };
  CheckError(of(kOnnxInt4, {5}, {1, 2}), ErrorCode::model_malformed,
             "tensor \"w\" has 2 bytes of data; its shape [3] asks for 3");
  CheckError(of(kOnnxUint4, {2}, {1, 2}), ErrorCode::model_malformed,
             "tensor \"w\" has 2 bytes of data; its shape [1] asks for 1");
  CheckError(of(kOnnxE4M3, {4}, {1}), ErrorCode::model_malformed,
             "tensor \"w\" has 1 bytes of data; its shape [4] asks for 4");
  CheckError(of(kOnnxInt4, {1 << 20, 1 << 20}, {1}), ErrorCode::model_limit,
             "tensor \"w\" has [1048576, 1048576] elements; the most is 268435455");
}

TEST_CASE("a tensor that does not fit its own description is refused before memory is taken", "[onnx]") {
  CheckError(FloatTensor("w", {4}, {1.0f}), ErrorCode::model_malformed,
             "tensor \"w\" has 4 bytes of data; its shape [4] asks for 16");
  CheckError(FloatTensor("w", {1}, {1.0f, 2.0f}), ErrorCode::model_malformed,
             "tensor \"w\" has 8 bytes of data; its shape [1] asks for 4");
  CheckError(FloatTensor("w", {-1}, {1.0f}), ErrorCode::model_malformed, "tensor \"w\" has an axis of size -1");
  CheckError(FloatTensor("", {4}, {}), ErrorCode::model_malformed,
             "tensor \"owner\" has 0 bytes of data; its shape [4] asks for 16");
  // 1 TB of floats
  CheckError(FloatTensor("w", {1 << 19, 1 << 19}, {}), ErrorCode::model_limit,
             "tensor \"w\" has [524288, 524288] elements; the most is 268435455");
  CheckError(FloatTensor("w", {std::int64_t{1} << 31}, {}), ErrorCode::model_limit,
             "tensor \"w\" has [2147483648] elements; the most is 268435455");
  // A product that leaves int64, also behind an empty axis.
  const std::int64_t huge = std::int64_t{1} << 62;
  CheckError(FloatTensor("w", {huge, huge, huge}, {}), ErrorCode::model_limit,
             "tensor \"w\" has [4611686018427387904, 4611686018427387904, 4611686018427387904] elements; the most is "
             "268435455");
  CheckError(FloatTensor("w", {0, 1 << 27, 1 << 27}, {}), ErrorCode::model_limit,
             "tensor \"w\" has [0, 134217728, 134217728] elements; the most is 268435455");
  CheckError(FloatTensor("w", {1, 1, 1, 1, 1, 1, 1, 1, 1}, {1.0f}), ErrorCode::model_limit,
             "tensor \"w\" has rank 9; the most is 8");
  {
    std::string bytes = TensorHeader("w", {1}, kOnnxInt8);
    protozero::pbf_writer(bytes).add_int32(5, 128);
    MemoryBudget budget(1U << 20);
    const Result<NamedTensor> tensor = ReadTensor(bytes, "owner", budget);
    REQUIRE(!tensor.ok());
    CHECK(tensor.error().message == "tensor \"w\" has an element outside the range of s8");
  }
  {
    std::string bytes = TensorHeader("w", {1}, kOnnxFloat);
    protozero::pbf_writer(bytes).add_int64(7, 1);
    CheckError(bytes, ErrorCode::model_malformed,
               "tensor \"w\" has data in a field that is not that of its type, FLOAT");
  }
}

TEST_CASE("element types, external data and segments that Alice lacks are named", "[onnx]") {
  CheckError(TensorHeader("w", {1}, kOnnxDouble), ErrorCode::model_unsupported_type,
             "tensor \"w\" has the element type DOUBLE, which is not supported");
  CheckError(TensorHeader("w", {1}, kOnnxFloat16), ErrorCode::model_unsupported_type,
             "tensor \"w\" has the element type FLOAT16, which is not supported");
  CheckError(TensorHeader("w", {1}, 99), ErrorCode::model_unsupported_type,
             "tensor \"w\" has the element type type 99, which is not supported");
  {
    std::string bytes = TensorHeader("w", {1}, kOnnxFloat);
    protozero::pbf_writer(bytes).add_int32(14, 1);
    CheckError(bytes, ErrorCode::model_external_data, "tensor \"w\" keeps its data in another file");
  }
  {
    std::string bytes = TensorHeader("w", {1}, kOnnxFloat);
    protozero::pbf_writer(bytes).add_message(13, std::string("\x0a\x08location"));
    CheckError(bytes, ErrorCode::model_external_data, "tensor \"w\" keeps its data in another file");
  }
  {
    std::string bytes = TensorHeader("w", {1}, kOnnxFloat);
    protozero::pbf_writer(bytes).add_message(3, std::string("\x08\x00", 2));
    CheckError(bytes, ErrorCode::model_unsupported_type, "tensor \"w\" is stored in segments");
  }
}

TEST_CASE("a tensor beyond the memory budget is refused", "[onnx]") {
  MemoryBudget budget(64);
  const Result<NamedTensor> tensor = ReadTensor(FloatTensor("w", {32}, std::vector<float>(32)), "owner", budget);
  REQUIRE(!tensor.ok());
  CHECK(tensor.error().code == ErrorCode::budget_exceeded);
  CHECK(budget.held_bytes() == 0);
}

}  // namespace alice
