#pragma once

#include "ir/shape_rules.h"

namespace alice {

// Operators that work element by element.

/// The result is like the input: of any type; f32; f32 or an integer; boolean.
Status InferSame(const RuleInput& in, std::span<TensorType> out);
Status InferUnaryF32(const RuleInput& in, std::span<TensorType> out);
Status InferUnaryNumber(const RuleInput& in, std::span<TensorType> out);
Status InferNot(const RuleInput& in, std::span<TensorType> out);

/// All inputs broadcast and are of one type, which is that of the result: f32; f32 or an integer; boolean.
Status InferBroadcastF32(const RuleInput& in, std::span<TensorType> out);
Status InferBroadcastNumber(const RuleInput& in, std::span<TensorType> out);
Status InferBroadcastBoolean(const RuleInput& in, std::span<TensorType> out);

/// Two inputs of one type, which is no code, become boolean.
Status InferEqual(const RuleInput& in, std::span<TensorType> out);
/// The same of f32 or integers.
Status InferOrder(const RuleInput& in, std::span<TensorType> out);

/// ONNX BitShift-11, of u8.
Status InferBitShift(const RuleInput& in, std::span<TensorType> out);
/// ONNX Clip-13: the bounds, where they are inputs, are one element of the type of x.
Status InferClip(const RuleInput& in, std::span<TensorType> out);
/// ONNX Mod-13: of f32 with fmod only.
Status InferMod(const RuleInput& in, std::span<TensorType> out);
/// ONNX Pow-15: the result has the type of the base.
Status InferPow(const RuleInput& in, std::span<TensorType> out);
/// ONNX PRelu-16: the slope broadcasts to x.
Status InferPRelu(const RuleInput& in, std::span<TensorType> out);
/// ONNX Where-16.
Status InferWhere(const RuleInput& in, std::span<TensorType> out);

}  // namespace alice
