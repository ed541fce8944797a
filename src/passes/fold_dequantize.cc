#include "numeric/fp8.h"
#include "passes/qdq.h"
#include "passes/rewrite.h"

namespace alice {
namespace {

/// Calls use(read) with read(tensor, index): an element of a tensor of `dtype` as a number.
template <typename Use>
void WithReader(DType dtype, const Use& use) {
  const auto as = [&]<typename T>(std::type_identity<T>) {
    use([](const Tensor& tensor, std::size_t i) { return static_cast<std::int64_t>(tensor.elements<const T>()[i]); });
  };
  const auto fp8 = [&]<typename T>(std::type_identity<T>, Fp8Format format) {
    use([format](const Tensor& tensor, std::size_t i) {
      return DecodeFp8(static_cast<std::uint8_t>(tensor.elements<const T>()[i]), format);
    });
  };
  switch (dtype) {
    case DType::u8:
      return as(std::type_identity<std::uint8_t>{});
    case DType::s8:
      return as(std::type_identity<std::int8_t>{});
    case DType::i32:
      return as(std::type_identity<std::int32_t>{});
    case DType::u4:
      return as(std::type_identity<U4>{});
    case DType::s4:
      return as(std::type_identity<S4>{});
    case DType::f8e4m3:
      return fp8(std::type_identity<F8E4M3>{}, Fp8Format::e4m3fn);
    case DType::f8e5m2:
      return fp8(std::type_identity<F8E5M2>{}, Fp8Format::e5m2);
    default:
      ALICE_CHECK(false);
  }
}

/// x as [outer, along, inner] around the axis of its scales.
struct Axes {
  std::size_t outer = 1, along = 1, inner = 1;
};

Axes AxesOf(const Shape& shape, std::int64_t given_axis) {
  const auto rank = static_cast<std::int64_t>(shape.rank());
  const auto axis = static_cast<std::size_t>(given_axis < 0 ? given_axis + rank : given_axis);
  return {static_cast<std::size_t>(shape.Product(0, axis)), static_cast<std::size_t>(shape[axis]),
          static_cast<std::size_t>(shape.Product(axis + 1, shape.rank()))};
}

/// Calls visit(element, scale) with the indexes of every element of x and its scale.
template <typename Visit>
void ForEachElement(const Shape& x, std::size_t scales, const DequantizeLinearAttributes& attributes,
                    const Visit& visit) {
  if (scales == 1) {
    for (std::size_t i = 0; i < static_cast<std::size_t>(x.elements()); ++i) visit(i, 0);
    return;
  }
  const auto [outer_count, along_count, inner_count] = AxesOf(x, attributes.axis);
  const auto block = static_cast<std::size_t>(attributes.block_size);
  const std::size_t blocks = block == 0 ? 1 : along_count / block + (along_count % block != 0 ? 1 : 0);
  std::size_t element = 0;
  for (std::size_t outer = 0; outer < outer_count; ++outer) {
    for (std::size_t along = 0; along < along_count; ++along) {
      for (std::size_t inner = 0; inner < inner_count; ++inner, ++element) {
        visit(element, block == 0 ? along : (outer * blocks + along / block) * inner_count + inner);
      }
    }
  }
}

Result<Tensor> Dequantized(const Graph& graph, const Node& node, MemoryBudget& budget) {
  const Tensor& codes = *graph.value(node.inputs[0]).constant;
  const std::span<const float> scales = graph.value(node.inputs[1]).constant->elements<const float>();
  const bool has_zero_points = node.inputs.size() > 2 && node.inputs[2] != kNoValue;
  const Tensor* const zero_points = has_zero_points ? &*graph.value(node.inputs[2]).constant : nullptr;
  ALICE_ASSIGN_OR_RETURN(Tensor real, Tensor::Zeros(budget, MemoryKind::weights_f32, DType::f32, codes.shape()));
  const std::span<float> to = real.elements<float>();
  WithReader(codes.dtype(), [&](const auto& read) {
    ForEachElement(codes.shape(), scales.size(), std::get<DequantizeLinearAttributes>(node.attributes),
                   [&](std::size_t i, std::size_t s) {
                     const auto zero = zero_points == nullptr ? decltype(read(codes, i)){0} : read(*zero_points, s);
                     to[i] = static_cast<float>(read(codes, i) - zero) * scales[s];
                   });
  });
  return real;
}

bool IsFoldable(const Graph& graph, const Node& node) {
  if (node.kind != OpKind::DequantizeLinear) return false;
  return std::ranges::all_of(node.inputs, [&](ValueId id) {
    return id == kNoValue || (graph.IsConstant(id) && !graph.value(id).constant->released());
  });
}

}  // namespace

Status FoldDequantize(Graph& graph, MemoryBudget& budget) {
  Rewriter rewriter(graph, budget);
  return rewriter.ForEachNode([&](Node node) -> Status {
    if (!IsFoldable(graph, node) || rewriter.IsGraphOutput(node.outputs[0])) {
      rewriter.Emit(std::move(node));
      return {};
    }
    ALICE_ASSIGN_OR_RETURN(Tensor real, Dequantized(graph, node, budget));
    graph.value(node.outputs[0]).constant = std::move(real);
    return {};
  });
}

}  // namespace alice
