"""The dynamic INT8 inference of the engine, in numpy: a check at training time that a model survives it."""

import numpy as np

ONE = np.float32(1)


def quantize_rows(x):
    """ONNX DynamicQuantizeLinear of each row: codes minus zero point, and the row's scale."""
    low = np.minimum(x.min(1, keepdims=True), np.float32(0))
    high = np.maximum(x.max(1, keepdims=True), np.float32(0))
    scale = (high - low) / np.float32(255)
    scale[scale == 0] = ONE
    zero_point = np.clip(np.rint(-low / scale), 0, 255)
    return np.clip(np.rint(x / scale) + zero_point, 0, 255) - zero_point, scale


def quantize_weight(weight):
    """Symmetric INT8 codes with one scale per output channel (row)."""
    scale = np.abs(weight).max(1) / np.float32(127)
    scale[scale == 0] = ONE
    return np.clip(np.rint(weight / scale[:, None]), -127, 127), scale


def softmax(logits):
    powers = np.exp(logits - logits.max(1, keepdims=True))
    return powers / powers.sum(1, keepdims=True)


def compare_with_int8(layers, features):
    """Probabilities of every row in FP32 and in dynamic INT8 with one row per call. `layers`: (weight [out, in], bias)."""
    fp32 = int8 = features
    for i, (weight, bias) in enumerate(layers):
        codes, row_scale = quantize_rows(int8)
        weight_codes, weight_scale = quantize_weight(weight)
        # Products of codes and their sums stay below 2^24: float32 holds the accumulators exactly.
        accumulators = codes.astype(np.float32) @ weight_codes.astype(np.float32).T
        int8 = accumulators * (row_scale * weight_scale) + bias
        fp32 = fp32 @ weight.T + bias
        if i + 1 < len(layers):
            fp32, int8 = np.maximum(fp32, 0), np.maximum(int8, 0)
    return softmax(fp32), softmax(int8)
