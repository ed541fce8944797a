import {
  createEngine,
  loadRuntime,
  type AliceQuantizationEngine,
  type BehaviorClass,
  type ExecutionMode,
} from 'alice-quant';
import { Announcer } from './announcer.js';
import { ClassPanel } from './class-panel.js';
import { byId, setText } from './element.js';
import { EnginePanel } from './engine-panel.js';
import { FeatureStrip } from './feature-strip.js';
import { formatPercent } from './format.js';
import { LiveClassifier, type Reading } from './live-classifier.js';
import { ModelPanel } from './model-panel.js';
import type { ModelSource } from './models.js';
import { Movement } from './movement.js';
import { PlayPanel } from './play-panel.js';
import { ReportPanel } from './report-panel.js';
import { WatchPanel } from './watch-panel.js';
import { isBehaviorClassifier, quantizeModel } from './workbench.js';

const SEED_LIMIT = 2 ** 31;
const TIMING_INTERVAL_MS = 1000;
/** The models of the page are small: a page of 60 frames a second has no more to give. */
const MAX_INFERENCE_MS = 8;

/** The page as a whole: it owns the engine and tells the panels what there is to show. */
export class DemoPage {
  readonly #movement = new Movement(byId('field', HTMLCanvasElement), {
    onChange: (ended) => void this.#classify('Right now', ended),
    onRest: () => void this.#classify('Last movement'),
    onTakeover: () => this.#plays.showInterrupted(),
  });
  readonly #classes = new ClassPanel(new Announcer(byId('announcer', HTMLElement)));
  readonly #features = new FeatureStrip();
  readonly #plays = new PlayPanel((behavior) => this.#play(behavior));
  readonly #engineFacts = new EnginePanel((mode) => this.#switchMode(mode));
  readonly #models = new ModelPanel((source) => void this.#quantize(source));
  readonly #report = new ReportPanel();
  readonly #watch = new WatchPanel(
    () => {
      this.#showArithmetic();
      void this.#classify('Last movement');
    },
    () => this.#showArithmetic(),
  );
  readonly #fieldScale = byId('field-scale', HTMLElement);

  #engine: AliceQuantizationEngine | undefined;
  #live: LiveClassifier | undefined;
  #canClassify = false;
  #timedAt = -Infinity;

  refreshColours(): void {
    this.#movement.refreshColours();
  }

  /** Loads WebAssembly, then quantizes the first model. */
  async start(): Promise<void> {
    this.#showScale();
    showState('warming', 'Loading WebAssembly');
    await loadRuntime();
    // The page shows how long quantization took; it need not refuse INT8 for it.
    this.#engine = await createEngine({
      maxLatencyMs: Infinity,
      maxInferenceMs: MAX_INFERENCE_MS,
      softRecovery: { latencyMs: MAX_INFERENCE_MS / 2 },
    });
    this.#watch.watch(this.#engine);
    this.#live = new LiveClassifier(this.#engine);
    this.#movement.classifier = this.#live;
    await this.#quantize(this.#models.chosen);
  }

  dispose(): void {
    this.#movement.classifier = undefined;
    this.#live?.dispose();
    this.#engine?.dispose();
    this.#live = undefined;
    this.#engine = undefined;
  }

  /** Nothing more will be named. */
  showStopped(): void {
    showState('failed', 'Stopped');
    this.#classes.showNothing('Stopped', 'No model', 'The message on top of the page says what happened.');
  }

  async #quantize(source: ModelSource): Promise<void> {
    const engine = this.#engine;
    if (!engine) return;
    this.#models.busy = true;
    showState('warming', `Quantizing ${source.name}`);
    try {
      const result = await quantizeModel(engine, source, (progress) => this.#models.showProgress(progress));
      this.#engineFacts.showModel(source.name, result);
      this.#report.show(source.name, result);
      this.#models.busy = false;
      this.#models.showDoubts(result);
    } catch (error) {
      const hasModel = engine.getStatus().model !== undefined;
      this.#models.busy = false;
      this.#models.showError(
        error,
        hasModel ? 'The earlier model keeps running.' : 'No model is running yet.',
      );
    }
    this.#showEngine(engine);
    await this.#classify('Last movement');
  }

  #showEngine(engine: AliceQuantizationEngine): void {
    const { model } = engine.getStatus();
    this.#canClassify = isBehaviorClassifier(engine);
    this.#plays.enabled = this.#canClassify;
    this.#watch.showModel(this.#canClassify);
    this.#timedAt = -Infinity;
    if (model) this.#showArithmetic();
    else showState('failed', 'No model');
  }

  /** Another arithmetic answers, by choice or because it had to. */
  #showArithmetic(): void {
    const engine = this.#engine;
    if (!engine) return;
    this.#engineFacts.showEngine(engine);
    showState('ready', `Ready, answering in ${engine.getStatus().mode.toUpperCase()}`);
  }

  /** Shows what the window holds now; `ended` is the class of a movement played to its end. */
  async #classify(when: string, ended?: BehaviorClass): Promise<void> {
    this.#showScale();
    if (!this.#live || !this.#engine?.getStatus().model) return;
    const reading = await this.#live.read(this.#canClassify);
    this.#features.show(reading.features);
    this.#showReading(when, reading);
    if (ended) {
      const { answer } = reading;
      this.#plays.showOutcome(ended, answer?.className, answer ? formatPercent(answer.confidence) : '');
    }
    this.#timeInference(reading);
    this.#watch.refresh();
  }

  #showReading(when: string, { answer, comparison }: Reading): void {
    if (!this.#canClassify) {
      this.#classes.showNothing(
        'Paused',
        'Another kind of model',
        'The model in service does not take the 12 features and give the 6 classes: it is measured, not fed.',
      );
    } else if (answer && comparison) {
      this.#classes.showAnswer(when, answer, comparison);
    } else {
      this.#classes.showNothing(
        when,
        'Not enough movement',
        'Move the pointer in this field, or play a movement from below.',
      );
    }
  }

  #timeInference(reading: Reading): void {
    const now = performance.now();
    if (this.#watch.isBroken || now - this.#timedAt < TIMING_INTERVAL_MS) return;
    const ms = this.#live?.timeInference(reading);
    if (ms === undefined) return;
    this.#timedAt = now;
    this.#engineFacts.showLatency(ms);
  }

  #play(behavior: BehaviorClass): void {
    this.#plays.showPlaying(behavior);
    this.#movement.play(behavior, Math.floor(Math.random() * SEED_LIMIT));
    this.#showScale();
  }

  #switchMode(mode: ExecutionMode): void {
    if (!this.#engine) return;
    this.#engine.forceFallback(mode === 'fp32');
    this.#showArithmetic();
    void this.#classify('Last movement');
  }

  #showScale(): void {
    const { scale } = this.#movement;
    setText(this.#fieldScale, scale < 1 ? `Grid 100 px, drawn at ${formatPercent(scale, 0)}` : 'Grid 100 px');
  }
}

/** The one line in the page's head that says how it is doing. */
export function showState(state: 'warming' | 'ready' | 'failed', text: string): void {
  const element = byId('state', HTMLElement);
  element.dataset.state = state;
  setText(byId('state-text', HTMLElement), text);
}
