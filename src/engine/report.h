#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "engine/output_comparison.h"
#include "monitor/recovery_machine.h"
#include "numeric/qparams.h"

namespace alice {

/// What quantizing one layer alone does to the model's outputs.
struct LayerSensitivity {
  double sqnr_db = 0.0;
  double cosine = 0.0;     ///< mean over the samples
  double output_kl = 0.0;  ///< mean, nats
};

/// One layer that could be quantized: INT8 against FP32 at its output, errors of earlier layers included.
struct LayerReport {
  std::string name;
  std::string_view op;
  std::size_t k = 0, n = 0;  ///< weights [K, N]
  std::string scheme;        ///< "float" where the search kept the layer in float
  std::size_t fp32_bytes = 0;
  std::size_t int8_bytes = 0;             ///< as executed: packed weights, scales, column sums
  std::optional<QuantRange> input_range;  ///< what the input's codes span, or where it is clipped; nothing: no bound
  double clip_rate = 0.0;                 ///< share of the input's values outside it
  double sqnr_db = 0.0;
  double cosine = 0.0;
  double max_error = 0.0;
  std::optional<LayerSensitivity> alone;
};

/// One trial of the search for layers to keep in float.
struct SearchStep {
  std::vector<std::string> float_layers;
  double mean_cosine = 0.0, worst_cosine = 0.0;
  double top1_agreement = 0.0, accuracy_drop = 0.0;
  bool is_good_enough = false;
};

/// What was measured when a model was quantized.
struct QuantizationMetrics {
  OutputFigures outputs;
  bool synthetic = false;  ///< samples are seeded uniform noise: no calibration data was given
  double quantization_ms = 0.0;
  double fp32_inference_ms = 0.0, int8_inference_ms = 0.0;
  std::size_t fp32_weight_bytes = 0, int8_weight_bytes = 0;
};

/// FP32 with weights re-derived from their codes, which has taken the place of FP32 with the float weights that were dropped.
struct RederivedFp32 {
  OutputFigures outputs;  ///< against FP32 with the float weights
  std::size_t saved_bytes = 0;
  double kept_inference_ms = 0.0, rederived_inference_ms = 0.0;
};

/// Everything that quantize() found out.
struct QuantizationReport {
  bool success = false;
  std::string scheme;               ///< of the quantized layers; "float" where there are none
  std::size_t original_bytes = 0;   ///< of the models as ONNX
  std::size_t quantized_bytes = 0;  ///< 0 where the quantized model has no such form
  QuantizationMetrics metrics;
  FallbackReason fallback = FallbackReason::none;
  std::optional<Error> error;  ///< why INT8 is not good enough, or could not be judged: stages quality and calibration
  std::vector<std::string> logs;
  std::vector<LayerReport> layers;
  std::vector<SearchStep> search;          ///< with precision auto
  std::optional<RederivedFp32> rederived;  ///< where the float weights were dropped
};

/// What quantize() gives.
struct QuantizationResult : QuantizationReport {
  std::vector<std::byte> int8_model;  ///< standard ONNX
};

/// An input or output of a model.
struct TensorInfo {
  std::string name;
  std::string_view dtype;
  std::vector<std::string> dims;  ///< a number, or the name of a symbolic axis
};

struct ModelInfo {
  std::string name;
  int opset = 0;
  std::vector<TensorInfo> inputs, outputs;
  std::size_t parameters = 0;
  std::size_t nodes = 0;
  std::size_t quantized_layers = 0;
  std::size_t static_layers = 0;  ///< of those, with ranges of activations that are known
  std::vector<std::string> classes;
};

}  // namespace alice
