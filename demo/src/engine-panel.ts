import type { AliceQuantizationEngine, ExecutionMode, FallbackReason, QuantizationResult } from 'alice-quant';
import { byId, setText } from './element.js';
import { formatBytes, formatDuration, formatRatio } from './format.js';

const reasons: Record<FallbackReason, string> = {
  similarity_low: 'INT8 differs too much',
  accuracy_drop: 'INT8 loses too much accuracy',
  quant_timeout: 'quantization took too long',
  inference_slow: 'INT8 takes too long',
  memory_pressure: 'memory ran short',
  runtime_error: 'INT8 failed',
  calibration_invalid: 'the calibration data cannot be used',
  manual_override: 'chosen here',
};

/** What runs, where, how fast and how large; and the switch between the two arithmetics. */
export class EnginePanel {
  readonly #switch = byId('mode', HTMLFieldSetElement);
  readonly #fact = (name: string) => byId(`fact-${name}`, HTMLElement);

  constructor(onChoose: (mode: ExecutionMode) => void) {
    this.#switch.addEventListener('change', (event) => {
      onChoose((event.target as HTMLInputElement).value as ExecutionMode);
    });
  }

  showEngine(engine: AliceQuantizationEngine): void {
    const status = engine.getStatus();
    const reason = status.fallbackReason && reasons[status.fallbackReason];
    const mode = status.mode.toUpperCase();
    setText(this.#fact('mode'), reason ? `${mode}: ${reason}` : mode);
    setText(this.#fact('backend'), `${status.backend}, ${status.isa}`);
    setText(this.#fact('heap'), formatBytes(engine.getMemory().heapBytes));
    this.#switch.disabled = status.model === undefined;
    for (const input of this.#switch.querySelectorAll('input')) input.checked = input.value === status.mode;
  }

  showModel(name: string, result: QuantizationResult): void {
    setText(this.#fact('model'), name);
    setText(this.#fact('fp32'), formatBytes(result.originalSizeBytes));
    setText(this.#fact('int8'), formatBytes(result.quantizedSizeBytes));
    setText(this.#fact('ratio'), formatRatio(result.compressionRatio));
  }

  showLatency(ms: number): void {
    setText(this.#fact('latency'), formatDuration(ms));
  }
}
