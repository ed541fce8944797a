import { type AliceQuantizationEngine, type Health, DEFAULT_QUANTIZATION_CONFIG } from 'alice-quant';
import { corruptWeights, slowDown, throwInKernel, trap } from 'alice-quant/testing';
import { byId, create, setText } from './element.js';
import { formatCosine, formatDuration } from './format.js';
import { InferenceStream } from './inference-stream.js';
import { SimilarityChart } from './similarity-chart.js';

const EVENTS_SHOWN = 6;
/** How long the model is asked on after a repair or a crash: more than it takes to come back. */
const AFTERWARDS = 120;
const THROWS = 15;
/** Above the page's maxInferenceMs. */
const SLOW_MS = 12;

const healthTexts: Record<Health, string> = {
  normal: 'INT8 is as good as FP32',
  warning: 'INT8 is less than good',
  fallback: 'FP32 answers',
};

const count = (value: number) => value.toLocaleString('en');

/** What repairs it, if it does not end by itself. */
type Fault = (engine: AliceQuantizationEngine) => (() => void) | undefined;
const faults: Record<string, Fault> = {
  corrupt: (engine) => corruptWeights(engine),
  slow: (engine) => slowDown(engine, SLOW_MS),
  throw: (engine) => {
    throwInKernel(engine, THROWS);
    return () => throwInKernel(engine, 0);
  },
  crash: (engine) => {
    trap(engine);
    return undefined;
  },
};

/** How INT8 is watched while the page is used: similarities, fallbacks, recoveries; and faults to try it with. */
export class WatchPanel {
  readonly #section = byId('watch', HTMLElement);
  readonly #events = byId('watch-events', HTMLOListElement);
  readonly #repair = byId('repair', HTMLButtonElement);
  readonly #buttons = [
    ...byId('faults', HTMLElement).querySelectorAll<HTMLButtonElement>('button[data-fault]'),
  ];
  readonly #figure = (name: string) => byId(`watch-${name}`, HTMLElement);
  readonly #chart = new SimilarityChart(byId('similarity-chart', HTMLElement), DEFAULT_QUANTIZATION_CONFIG);
  readonly #stream = new InferenceStream(() => this.refresh());
  readonly #onChange: () => void;
  readonly #onBackend: () => void;

  #engine: AliceQuantizationEngine | undefined;
  #undo: (() => void) | undefined;

  /**
   * @param onChange Told when another arithmetic answers, and when INT8 is broken or repaired.
   * @param onBackend Told when another backend, or a fresh instance of the same one, gives the same answers.
   */
  constructor(onChange: () => void, onBackend: () => void) {
    this.#onChange = onChange;
    this.#onBackend = onBackend;
    for (const button of this.#buttons) {
      button.addEventListener('click', () => this.#break(faults[button.dataset.fault!]!));
    }
    this.#repair.addEventListener('click', () => this.#mend());
  }

  /** Whether a fault is in place: times mean nothing then. */
  get isBroken(): boolean {
    return this.#undo !== undefined;
  }

  watch(engine: AliceQuantizationEngine): void {
    this.#engine = engine;
    engine.on('warning', ({ inference, message }) => this.#tell('warn', inference, `Warning: ${message}`));
    engine.on('fallback', ({ inference, message, reason }) => {
      this.#tell(reason === 'manual_override' ? 'calm' : 'bad', inference, `FP32 answers: ${message}`);
      this.#onChange();
    });
    engine.on('recovered', ({ inference, fp32Inferences }) => {
      this.#tell('good', inference, `INT8 answers again, after ${count(fp32Inferences)} in FP32`);
      this.#onChange();
    });
    const answers = () => {
      const { int8, fp32 } = engine.getMetrics().inferences;
      return int8 + fp32;
    };
    engine.on('backend', ({ backend, reason }) => {
      this.#tell('calm', answers(), reason ? `${backend} answers: ${reason}` : `${backend} answers`);
      this.#onBackend();
    });
    engine.on('memory', ({ message }) => this.#tell('warn', answers(), message));
  }

  /** Another model is in service: faults went with the old one. */
  showModel(canBeAsked: boolean): void {
    this.#undo = undefined;
    this.#stream.stop();
    this.#section.hidden = !canBeAsked;
    this.#enable();
    this.refresh();
  }

  refresh(): void {
    if (!this.#engine || this.#section.hidden) return;
    const { health, monitored, similarity, fallbacks, recoveries, probes, inferences, timeInModeMs } =
      this.#engine.getMetrics();
    this.#section.dataset.health = health;
    setText(this.#figure('health'), healthTexts[health]);
    setText(this.#figure('inferences'), count(inferences.int8 + inferences.fp32));
    setText(this.#figure('monitored'), count(monitored));
    setText(this.#figure('lowest'), similarity.min === undefined ? '–' : formatCosine(similarity.min));
    setText(
      this.#figure('fallbacks'),
      count(Object.values(fallbacks).reduce((sum, times) => sum + times, 0)),
    );
    setText(this.#figure('recoveries'), count(recoveries));
    setText(this.#figure('probes'), `${count(probes.passed)} of ${count(probes.compared)}`);
    setText(this.#figure('fp32'), formatDuration(timeInModeMs.fp32));
    this.#chart.show(similarity.history);
  }

  #break(fault: Fault): void {
    if (!this.#engine || this.#undo) return;
    this.#undo = fault(this.#engine);
    this.#enable();
    this.#onChange();
    void this.#stream.run(this.#engine, this.isBroken ? Infinity : AFTERWARDS);
  }

  #mend(): void {
    this.#undo?.();
    this.#undo = undefined;
    this.#enable();
    this.#onChange();
    if (this.#engine) void this.#stream.run(this.#engine, AFTERWARDS);
  }

  #enable(): void {
    const hasInt8 = (this.#engine?.getStatus().model?.quantizedLayers ?? 0) > 0;
    for (const button of this.#buttons) button.disabled = !hasInt8 || this.isBroken;
    this.#repair.disabled = !this.isBroken;
  }

  #tell(kind: 'good' | 'calm' | 'warn' | 'bad', inference: number, text: string): void {
    const number = create('span', { class: 'event-number' }, `#${count(inference)}`);
    this.#events.prepend(
      create('li', { class: `event event-${kind}`, 'data-testid': 'watch-event' }, number, text),
    );
    while (this.#events.children.length > EVENTS_SHOWN) this.#events.lastElementChild?.remove();
    this.refresh();
  }
}
