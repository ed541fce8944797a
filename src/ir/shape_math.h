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

inline constexpr ShapeRule InferAbs = InferUnaryNumber;
inline constexpr ShapeRule InferAdd = InferBroadcastNumber;
inline constexpr ShapeRule InferAnd = InferBroadcastBoolean;
inline constexpr ShapeRule InferCeil = InferUnaryF32;
inline constexpr ShapeRule InferCelu = InferUnaryF32;
inline constexpr ShapeRule InferDiv = InferBroadcastNumber;
inline constexpr ShapeRule InferElu = InferUnaryF32;
inline constexpr ShapeRule InferErf = InferUnaryF32;
inline constexpr ShapeRule InferExp = InferUnaryF32;
inline constexpr ShapeRule InferFloor = InferUnaryF32;
inline constexpr ShapeRule InferGelu = InferUnaryF32;
inline constexpr ShapeRule InferGreater = InferOrder;
inline constexpr ShapeRule InferGreaterOrEqual = InferOrder;
inline constexpr ShapeRule InferHardSigmoid = InferUnaryF32;
inline constexpr ShapeRule InferHardSwish = InferUnaryF32;
inline constexpr ShapeRule InferLeakyRelu = InferUnaryF32;
inline constexpr ShapeRule InferLess = InferOrder;
inline constexpr ShapeRule InferLessOrEqual = InferOrder;
inline constexpr ShapeRule InferLog = InferUnaryF32;
inline constexpr ShapeRule InferMax = InferBroadcastNumber;
inline constexpr ShapeRule InferMean = InferBroadcastF32;
inline constexpr ShapeRule InferMin = InferBroadcastNumber;
inline constexpr ShapeRule InferMish = InferUnaryF32;
inline constexpr ShapeRule InferMul = InferBroadcastNumber;
inline constexpr ShapeRule InferNeg = InferUnaryNumber;
inline constexpr ShapeRule InferOr = InferBroadcastBoolean;
inline constexpr ShapeRule InferReciprocal = InferUnaryF32;
inline constexpr ShapeRule InferRelu = InferUnaryF32;
inline constexpr ShapeRule InferRound = InferUnaryF32;
inline constexpr ShapeRule InferSelu = InferUnaryF32;
inline constexpr ShapeRule InferSigmoid = InferUnaryF32;
inline constexpr ShapeRule InferSign = InferUnaryNumber;
inline constexpr ShapeRule InferSoftplus = InferUnaryF32;
inline constexpr ShapeRule InferSoftsign = InferUnaryF32;
inline constexpr ShapeRule InferSqrt = InferUnaryF32;
inline constexpr ShapeRule InferSub = InferBroadcastNumber;
inline constexpr ShapeRule InferSum = InferBroadcastF32;
inline constexpr ShapeRule InferTanh = InferUnaryF32;
inline constexpr ShapeRule InferThresholdedRelu = InferUnaryF32;
inline constexpr ShapeRule InferXor = InferBroadcastBoolean;

}  // namespace alice
