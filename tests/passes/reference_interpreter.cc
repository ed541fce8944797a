#include "passes/reference_interpreter.h"

#include <algorithm>
#include <cmath>

#include "ir/shape_inference.h"
#include "numeric/qparams.h"

namespace alice {
namespace {

/// Roundings that one rewrite may add to the constants of one node (the weight and the bias that batch normalization
/// scales, alpha), and one for its own arithmetic.
constexpr double kRoundingsPerNode = 4;

ReferenceTensor Empty(const Shape& shape) {
  const auto count = static_cast<std::size_t>(shape.elements());
  return {shape, std::vector<double>(count), std::vector<double>(count), 0};
}

ReferenceTensor FromValues(const Shape& shape, std::vector<double> values) {
  ReferenceTensor tensor{shape, std::move(values), {}, 0};
  for (const double value : tensor.values) tensor.bound.push_back(std::abs(value));
  return tensor;
}

template <typename T>
std::vector<double> Doubles(const Tensor& tensor) {
  std::vector<double> values;
  for (const T element : tensor.elements<const T>()) values.push_back(static_cast<double>(element));
  return values;
}

ReferenceTensor FromConstant(const Tensor& tensor) {
  switch (tensor.dtype()) {
#define ALICE_DTYPE(name, type, onnx) \
  case DType::name:                   \
    return FromValues(tensor.shape(), Doubles<type>(tensor));
#include "tensor/dtype.inc"
#undef ALICE_DTYPE
    default:
      return {};
  }
  return {};
}

/// The offset in a tensor of `shape`, broadcast to `out`, of the element at `offset` of `out`.
std::size_t BroadcastOffset(const Shape& shape, const Shape& out, std::size_t offset) {
  std::size_t result = 0;
  std::size_t stride = 1;
  for (std::size_t back = 1; back <= shape.rank(); ++back) {
    std::size_t rest = offset;
    for (std::size_t inner = 1; inner < back; ++inner) rest /= static_cast<std::size_t>(out[out.rank() - inner]);
    const std::size_t coordinate = rest % static_cast<std::size_t>(out[out.rank() - back]);
    const auto size = static_cast<std::size_t>(shape[shape.rank() - back]);
    if (size > 1) result += coordinate * stride;
    stride *= size;
  }
  return result;
}

double Activated(const Activation& activation, double x) {
  const auto alpha = static_cast<double>(activation.alpha);
  const auto beta = static_cast<double>(activation.beta);
  switch (activation.kind) {
    case ActivationKind::none:
      return x;
    case ActivationKind::celu:
      return x < 0 ? alpha * std::expm1(x / alpha) : x;
    case ActivationKind::clip:
      return std::min(std::max(x, static_cast<double>(activation.low)), static_cast<double>(activation.high));
    case ActivationKind::elu:
      return x < 0 ? alpha * std::expm1(x) : x;
    case ActivationKind::gelu:
      return x / 2 * std::erfc(-x / std::sqrt(2.0));
    case ActivationKind::gelu_tanh:
      return x / 2 * (1 + std::tanh(std::sqrt(2 / std::acos(-1.0)) * (x + 0.044715 * x * x * x)));
    case ActivationKind::hard_sigmoid:
      return std::min(std::max(alpha * x + beta, 0.0), 1.0);
    case ActivationKind::hard_swish:
      return x * std::min(std::max(x / 6 + 0.5, 0.0), 1.0);
    case ActivationKind::leaky_relu:
      return x < 0 ? alpha * x : x;
    case ActivationKind::mish:
      return x * std::tanh(std::log1p(std::exp(x)));
    case ActivationKind::relu:
      return std::max(x, 0.0);
    case ActivationKind::selu:
      return beta * (x < 0 ? alpha * std::expm1(x) : x);
    case ActivationKind::sigmoid:
      return 1 / (1 + std::exp(-x));
    case ActivationKind::softplus:
      return std::log1p(std::exp(x));
    case ActivationKind::softsign:
      return x / (1 + std::abs(x));
    case ActivationKind::tanh:
      return std::tanh(x);
    case ActivationKind::thresholded_relu:
      return x > alpha ? x : 0;
  }
  return x;
}

/// A Lipschitz constant of the activation, where it is continuous.
double SlopeOf(const Activation& activation) {
  const double alpha = std::abs(static_cast<double>(activation.alpha));
  const double beta = std::abs(static_cast<double>(activation.beta));
  switch (activation.kind) {
    case ActivationKind::elu:
    case ActivationKind::leaky_relu:
      return std::max(1.0, alpha);
    case ActivationKind::selu:
      return std::max(1.0, alpha) * beta;
    case ActivationKind::hard_sigmoid:
      return alpha;
    case ActivationKind::gelu:
    case ActivationKind::gelu_tanh:
    case ActivationKind::hard_swish:
    case ActivationKind::mish:
      return 1.5;
    default:
      return 1.0;
  }
}

void Activate(const Activation& activation, ReferenceTensor& x) {
  if (activation.kind == ActivationKind::none) return;
  for (std::size_t i = 0; i < x.values.size(); ++i) {
    x.values[i] = Activated(activation, x.values[i]);
    x.bound[i] = std::max(SlopeOf(activation) * x.bound[i], std::abs(x.values[i]));
  }
}

class Interpreter {
 public:
  Interpreter(const Graph& graph, const std::vector<std::int64_t>& sizes) : graph_(graph), sizes_(sizes) {
    tensors_.resize(graph.values.size());
    for (std::size_t id = 0; id < tensors_.size(); ++id) {
      const auto& constant = graph.values[id].constant;
      if (constant && !constant->released()) tensors_[id] = FromConstant(*constant);
    }
  }

  ReferenceTensor& tensor(ValueId id) { return tensors_[static_cast<std::size_t>(id)]; }
  Shape ShapeOf(ValueId id) const { return graph_.value(id).shape.Resolve(sizes_); }

  void Run(const Node& node) {
    if (node.kind == OpKind::DynamicQuantizeLinear) return Quantize(node);
    ReferenceTensor out = Empty(ShapeOf(node.outputs[0]));
    for (const ValueId input : node.inputs) {
      if (input != kNoValue) out.roundings = std::max(out.roundings, tensor(input).roundings);
    }
    out.roundings += kRoundingsPerNode;
    Compute(node, out);
    if (const auto* activation = std::get_if<Activation>(&node.attributes)) Activate(*activation, out);
    Activate(node.activation, out);
    tensor(node.outputs[0]) = std::move(out);
  }

 private:
  void Compute(const Node& node, ReferenceTensor& out) {
    switch (node.kind) {
      case OpKind::Add:
      case OpKind::Sub:
      case OpKind::Mul:
        return Binary(node, out);
      case OpKind::Gemm:
        return Gemm(node, out);
      case OpKind::MatMul:
        return Product(tensor(node.inputs[0]), tensor(node.inputs[1]), out);
      case OpKind::MatMulInteger:
        return Product(Centered(node, 0), Centered(node, 1), out);
      case OpKind::Softmax:
        return Softmax(node, out);
      case OpKind::BatchNormalization:
        return BatchNorm(node, out);
      default:  // a copy, before the activation
        out.values = tensor(node.inputs[0]).values;
        out.bound = tensor(node.inputs[0]).bound;
    }
  }

  void Binary(const Node& node, ReferenceTensor& out) {
    const ReferenceTensor& a = tensor(node.inputs[0]);
    const ReferenceTensor& b = tensor(node.inputs[1]);
    if (node.kind == OpKind::Mul) out.roundings = a.roundings + b.roundings + kRoundingsPerNode;
    for (std::size_t i = 0; i < out.values.size(); ++i) {
      const std::size_t ia = BroadcastOffset(a.shape, out.shape, i);
      const std::size_t ib = BroadcastOffset(b.shape, out.shape, i);
      const double x = a.values[ia];
      const double y = b.values[ib];
      out.values[i] = node.kind == OpKind::Mul ? x * y : node.kind == OpKind::Add ? x + y : x - y;
      out.bound[i] = node.kind == OpKind::Mul ? a.bound[ia] * b.bound[ib] : a.bound[ia] + b.bound[ib];
    }
  }

  /// Adds factor · a' · b' to `out`, a' [rows, K] with the given strides, b' likewise.
  static void AddProduct(const ReferenceTensor& a, const ReferenceTensor& b, std::size_t k, bool trans_a, bool trans_b,
                         double factor, ReferenceTensor& out) {
    const auto n = static_cast<std::size_t>(out.shape[out.shape.rank() - 1]);
    const std::size_t m = n == 0 ? 0 : out.values.size() / n;
    for (std::size_t i = 0; i < m; ++i) {
      for (std::size_t j = 0; j < n; ++j) {
        for (std::size_t l = 0; l < k; ++l) {
          const std::size_t ia = trans_a ? l * m + i : i * k + l;
          const std::size_t ib = trans_b ? j * k + l : l * n + j;
          out.values[i * n + j] += factor * a.values[ia] * b.values[ib];
          out.bound[i * n + j] += std::abs(factor) * a.bound[ia] * b.bound[ib];
        }
      }
    }
    out.roundings = std::max(out.roundings, a.roundings + b.roundings + kRoundingsPerNode);
  }

  void Gemm(const Node& node, ReferenceTensor& out) {
    const auto& attributes = std::get<GemmAttributes>(node.attributes);
    const ReferenceTensor& a = tensor(node.inputs[0]);
    const auto k = static_cast<std::size_t>(a.shape[attributes.trans_a ? 0 : 1]);
    AddProduct(a, tensor(node.inputs[1]), k, attributes.trans_a, attributes.trans_b,
               static_cast<double>(attributes.alpha), out);
    if (node.inputs.size() < 3 || node.inputs[2] == kNoValue) return;
    const ReferenceTensor& c = tensor(node.inputs[2]);
    const auto beta = static_cast<double>(attributes.beta);
    for (std::size_t i = 0; i < out.values.size(); ++i) {
      const std::size_t ic = BroadcastOffset(c.shape, out.shape, i);
      out.values[i] += beta * c.values[ic];
      out.bound[i] += std::abs(beta) * c.bound[ic];
    }
  }

  static void Product(const ReferenceTensor& a, const ReferenceTensor& b, ReferenceTensor& out) {
    AddProduct(a, b, static_cast<std::size_t>(b.shape[0]), false, false, 1, out);
  }

  /// Input `index` of a MatMulInteger less its zero point.
  ReferenceTensor Centered(const Node& node, std::size_t index) {
    ReferenceTensor centered = tensor(node.inputs[index]);
    if (node.inputs.size() < index + 3 || node.inputs[index + 2] == kNoValue) return centered;
    for (double& value : centered.values) value -= tensor(node.inputs[index + 2]).values[0];
    return centered;
  }

  void Quantize(const Node& node) {
    const ReferenceTensor& x = tensor(node.inputs[0]);
    const auto [min, max] = std::minmax_element(x.values.begin(), x.values.end());
    const QParams qparams = AsymmetricU8(static_cast<float>(*min), static_cast<float>(*max));
    std::vector<double> quantized;
    for (const double value : x.values) quantized.push_back(QuantizeU8(static_cast<float>(value), qparams));
    tensor(node.outputs[0]) = FromValues(x.shape, std::move(quantized));
    tensor(node.outputs[1]) = FromValues({}, {static_cast<double>(qparams.scale)});
    tensor(node.outputs[2]) = FromValues({}, {static_cast<double>(qparams.zero_point)});
  }

  /// |d softmax_i| ≤ max_j |d x_j| / 2.
  void Softmax(const Node& node, ReferenceTensor& out) {
    const auto& attributes = std::get<SoftmaxAttributes>(node.attributes);
    const ReferenceTensor& x = tensor(node.inputs[0]);
    const auto rank = static_cast<std::int64_t>(x.shape.rank());
    const auto axis = static_cast<std::size_t>(attributes.axis < 0 ? attributes.axis + rank : attributes.axis);
    const std::size_t end = attributes.flatten_from_axis ? x.shape.rank() : axis + 1;
    const auto count = static_cast<std::size_t>(x.shape.Product(axis, end));
    const auto inner = static_cast<std::size_t>(x.shape.Product(end, x.shape.rank()));
    for (std::size_t i = 0; i < out.values.size(); ++i) {
      const std::size_t first = i / (count * inner) * count * inner + i % inner;
      double sum = 0;
      double most = 0;
      for (std::size_t j = 0; j < count; ++j) {
        sum += std::exp(x.values[first + j * inner] - x.values[i]);
        most = std::max(most, x.bound[first + j * inner]);
      }
      out.values[i] = 1 / sum;
      out.bound[i] = std::max(most, 1.0);
    }
  }

  void BatchNorm(const Node& node, ReferenceTensor& out) {
    const ReferenceTensor& x = tensor(node.inputs[0]);
    const auto epsilon = static_cast<double>(std::get<BatchNormalizationAttributes>(node.attributes).epsilon);
    const auto channels = static_cast<std::size_t>(x.shape[1]);
    const auto inner = static_cast<std::size_t>(x.shape.Product(2, x.shape.rank()));
    for (std::size_t i = 0; i < out.values.size(); ++i) {
      const std::size_t c = i / inner % channels;
      const auto parameter = [&](std::size_t index) { return tensor(node.inputs[index]).values[c]; };
      const double scale = parameter(1) / std::sqrt(parameter(4) + epsilon);
      out.values[i] = (x.values[i] - parameter(3)) * scale + parameter(2);
      out.bound[i] = (x.bound[i] + std::abs(parameter(3))) * std::abs(scale) + std::abs(parameter(2));
    }
  }

  const Graph& graph_;
  const std::vector<std::int64_t>& sizes_;
  std::vector<ReferenceTensor> tensors_;
};

}  // namespace

std::map<std::string, ReferenceTensor> Interpret(const Graph& graph, const std::vector<std::int64_t>& sizes,
                                                 const std::map<std::string, std::vector<double>>& feeds) {
  Interpreter interpreter(graph, sizes);
  for (const ValueId input : graph.inputs) {
    interpreter.tensor(input) = FromValues(interpreter.ShapeOf(input), feeds.at(graph.value(input).name));
  }
  for (const Node& node : graph.nodes) interpreter.Run(node);
  std::map<std::string, ReferenceTensor> result;
  for (std::size_t id = 0; id < graph.values.size(); ++id) {
    result[graph.values[id].name] = interpreter.tensor(static_cast<ValueId>(id));
  }
  return result;
}

}  // namespace alice
