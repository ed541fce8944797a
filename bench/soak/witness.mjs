// Holds everything that an engine says to what it must say: every answer, every event, every count.

const cosine = (a, b) => {
  let [dot, aa, bb] = [0, 0, 0];
  for (let i = 0; i < a.length; i += 1) {
    dot += a[i] * b[i];
    aa += a[i] * a[i];
    bb += b[i] * b[i];
  }
  return dot / Math.sqrt(aa * bb);
};

const isSame = (a, b) => {
  for (let i = 0; i < b.length; i += 1) if (a[i] !== b[i]) return false;
  return a.length === b.length;
};

const classOf = (probabilities) => probabilities.indexOf(Math.max(...probabilities));

const count = (counts, name, times = 1) => (counts[name] = (counts[name] ?? 0) + times);

/** What an instance of the module counts. */
const noCounts = () => ({
  inferences: { int8: 0, fp32: 0 },
  looks: 0,
  warnings: 0,
  fallbacks: {},
  recoveries: 0,
  probes: { checks: 0, compared: 0, passed: 0 },
  refusals: 0,
});

/** Adds numbers to those of the same names, however deep they lie. */
function add(sums, counts) {
  for (const [name, value] of Object.entries(counts)) {
    if (typeof value === 'number') count(sums, name, value);
    else add((sums[name] ??= {}), value);
  }
}

// A similarity comes as float32.
const ROUNDING = 2 ** -23;
// src/monitor/similarity_window.h: of so many looks in a row INT8 may name another class in maxAccuracyDrop.
const LOOKS_TOGETHER = 100;
// Six values of a softmax in float32, each at most 1.
const SUM_ROUNDING = 1e-5;

export class Witness {
  constructor(engine, { monitorInterval, fallbackThreshold, maxAccuracyDrop }) {
    this.engine = engine;
    this.interval = monitorInterval;
    this.threshold = fallbackThreshold;
    this.mostDisagreement = maxAccuracyDrop;
    this.counts = noCounts();
    /** Of instances that were lost. */
    this.past = noCounts();
    this.losses = 0;
    // What INT8 answered while weights or ranges were wrong: `seen` ones were compared and good enough; of those between two
    // looks, `worse` are below fallbackThreshold, `row` of them in a row at most.
    this.faulty = { seen: 0, lowestSeen: 1, unseen: 0, worse: 0, row: 0 };

    this.mode = 'fp32';
    this.isHeld = false;
    this.isShort = false;
    this.isTrapped = false;
    this.#startAnew();
    // Events that say which mode comes next, until the inference that they are about.
    this.turns = [];

    engine.on('backend', ({ backend, reason }) => this.#lost(backend, reason));
    engine.on('warning', () => (this.counts.warnings += 1));
    engine.on('memory', () => {
      this.counts.refusals += 1;
      this.isShort = true;
    });
    engine.on('probe', ({ compared, passed }) => {
      this.counts.probes.checks += 1;
      this.counts.probes.compared += compared;
      this.counts.probes.passed += passed;
    });
    engine.on('fallback', (event) => {
      count(this.counts.fallbacks, event.reason);
      this.#hasCause(event);
      // A look says how similar INT8 was, also where that is why FP32 answers.
      const isByLook = ['similarity_low', 'accuracy_drop'].includes(event.reason);
      this.turns.push({
        mode: 'fp32',
        from: event.inference,
        reason: event.reason,
        ...(isByLook && { similarity: event.similarity }),
      });
    });
    engine.on('recovered', (event) => {
      this.counts.recoveries += 1;
      this.turns.push({ mode: 'int8', from: event.inference + 1 });
    });
  }

  /** Of this instance. */
  get #answers() {
    const { int8, fp32 } = this.counts.inferences;
    return int8 + fp32;
  }

  get total() {
    const { int8, fp32 } = this.past.inferences;
    return int8 + fp32 + this.#answers;
  }

  /** Of all instances. */
  get totals() {
    const totals = noCounts();
    add(totals, this.past);
    add(totals, this.counts);
    return totals;
  }

  fail(what) {
    throw new Error(`inference ${this.total + 1}: ${what}`);
  }

  // A fresh instance has taken the place of one that trapped: without its faults, in the same mode; it counts anew.
  #lost(backend, reason) {
    if (!this.isTrapped || backend !== 'wasm') this.uncalledFor = `${backend} took over: ${reason}`;
    this.isTrapped = false;
    this.losses += 1;
    this.#takeTurns();
    add(this.past, this.counts);
    this.counts = noCounts();
    this.#startAnew();
  }

  #startAnew() {
    this.isSkewed = false;
    this.throwsLeft = 0;
    this.#watchAnew();
  }

  #watchAnew() {
    this.sinceLook = 0;
    this.worseInRow = 0;
    // Of the latest looks, which were at answers that name another class.
    this.disagreements = [];
  }

  // No fallback happens for nothing. That time runs short needs no fault on a machine that does other work, too.
  #hasCause({ reason, message }) {
    const causes = {
      similarity_low: this.isSkewed,
      // Known when its inference comes.
      accuracy_drop: true,
      runtime_error: this.throwsLeft > 0,
      memory_pressure: this.isShort,
      manual_override: this.isHeld,
      inference_slow: true,
      quant_timeout: true,
    };
    if (!causes[reason]) this.uncalledFor = `a fallback without a cause, ${reason}: ${message}`;
  }

  // The look that ended in the fallback is one more.
  #hasDisagreed() {
    const share = (this.disagreements.filter(Boolean).length + 1) / LOOKS_TOGETHER;
    if (share <= this.mostDisagreement) this.fail(`an accuracy drop of ${share} was too much`);
  }

  // A model is in service: the answers to the rows in FP32 and, while it is sound, in INT8.
  adopted({ fp32, int8 }) {
    this.#takeTurns();
    this.fp32 = fp32;
    this.int8 = int8;
    this.#startAnew();
    if (!this.isHeld) this.mode = 'int8';
  }

  #takeTurns() {
    this.turns.splice(0).forEach(({ mode }) => this.#turn(mode));
  }

  #turn(mode) {
    if (mode !== this.mode) this.#watchAnew();
    this.mode = mode;
  }

  // The next answer, to that row.
  answered({ mode, probabilities, similarity }, row) {
    if (this.uncalledFor) this.fail(this.uncalledFor);
    const number = this.#answers + 1;
    let told;
    while (this.turns.length > 0 && this.turns[0].from <= number) {
      const turn = this.turns.shift();
      if (turn.reason === 'accuracy_drop') this.#hasDisagreed();
      this.#turn(turn.mode);
      if (turn.from === number) told = turn.similarity;
    }
    let sum = 0;
    for (const value of probabilities) sum += value;
    if (!(Math.abs(sum - 1) < SUM_ROUNDING)) this.fail(`${[...probabilities].join()} is no distribution`);
    if (mode !== this.mode) this.fail(`${mode} answered, but ${this.mode} was to`);
    if (mode === 'fp32') {
      if (!isSame(probabilities, this.fp32[row])) this.fail('not what FP32 answers');
      const isTold = told === undefined ? similarity === undefined : Math.abs(told - similarity) <= ROUNDING;
      if (!isTold) this.fail(`similarity ${similarity} by the answer, ${told} by the event`);
    } else {
      this.#answeredInInt8(probabilities, similarity, row);
    }
    this.counts.inferences[mode] += 1;
  }

  #answeredInInt8(probabilities, similarity, row) {
    const isFaulty = this.isSkewed;
    if (!isFaulty && !isSame(probabilities, this.int8[row])) this.fail('not what sound INT8 answers');
    this.sinceLook += 1;
    const isSeen = this.sinceLook === this.interval;
    if (isSeen !== (similarity !== undefined))
      this.fail(`look ${this.sinceLook} of ${this.interval}: ${similarity}`);
    if (!isFaulty && !isSeen) return;

    const actual = cosine(this.fp32[row], probabilities);
    if (isSeen) {
      this.counts.looks += 1;
      this.disagreements.push(classOf(probabilities) !== classOf(this.fp32[row]));
      if (this.disagreements.length === LOOKS_TOGETHER) this.disagreements.shift();
      this.sinceLook = 0;
      this.worseInRow = 0;
      if (Math.abs(actual - similarity) > ROUNDING) this.fail(`similarity ${similarity} is ${actual}`);
      if (actual < this.threshold) this.fail(`an answer of similarity ${actual} was seen and given`);
    }
    if (!isFaulty) return;
    if (isSeen) {
      this.faulty.seen += 1;
      this.faulty.lowestSeen = Math.min(this.faulty.lowestSeen, actual);
      return;
    }
    this.faulty.unseen += 1;
    this.worseInRow = actual < this.threshold ? this.worseInRow + 1 : 0;
    this.faulty.worse += actual < this.threshold ? 1 : 0;
    this.faulty.row = Math.max(this.faulty.row, this.worseInRow);
    if (this.worseInRow >= this.interval) this.fail(`${this.worseInRow} bad answers in a row went unseen`);
  }

  // Whether getMetrics() counts as this did.
  compareCounts() {
    const { inferences, warnings, fallbacks, recoveries, probes, memory, monitored } =
      this.engine.getMetrics();
    const { checks, compared, passed, failed } = probes;
    const happened = Object.fromEntries(Object.entries(fallbacks).filter(([, times]) => times > 0));
    const sorted = (object) => JSON.stringify(Object.entries(object).sort());
    const { counts } = this;
    // The answer of a look that ends in a fallback is FP32's.
    const looks =
      counts.looks + (counts.fallbacks.similarity_low ?? 0) + (counts.fallbacks.accuracy_drop ?? 0);
    const pairs = {
      inferences: [sorted(inferences), sorted(counts.inferences)],
      monitored: [monitored, looks],
      warnings: [warnings, counts.warnings],
      fallbacks: [sorted(happened), sorted(counts.fallbacks)],
      recoveries: [recoveries, counts.recoveries],
      probes: [sorted({ checks, compared, passed }), sorted(counts.probes)],
      'probes that passed and failed': [passed + failed, compared],
      refusals: [memory.refusals, counts.refusals],
    };
    for (const [name, [theirs, ours]] of Object.entries(pairs)) {
      if (theirs !== ours) this.fail(`${name}: ${theirs} by getMetrics(), ${ours} by events and answers`);
    }
  }
}
