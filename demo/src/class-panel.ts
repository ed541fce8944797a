import {
  BEHAVIOR_CLASSES,
  type BehaviorClass,
  type InferenceComparison,
  type InferenceResult,
} from 'alice-quant';
import type { Announcer } from './announcer.js';
import { classWords } from './classes.js';
import { byId, create, setText } from './element.js';
import { formatCosine, formatPercent, formatSmall } from './format.js';

type Arithmetic = 'int8' | 'fp32';
interface Row {
  element: HTMLElement;
  bars: Record<Arithmetic, HTMLElement>;
  values: Record<Arithmetic, HTMLElement>;
}

const arithmetics: Arithmetic[] = ['int8', 'fp32'];

/** The class named over the field, and beside it every class's probability in INT8 and in FP32. */
export class ClassPanel {
  readonly #when = byId('verdict-when', HTMLElement);
  readonly #name = byId('verdict-name', HTMLElement);
  readonly #words = byId('verdict-words', HTMLElement);
  readonly #similarity = byId('similarity', HTMLElement);
  readonly #difference = byId('difference', HTMLElement);
  readonly #rows = BEHAVIOR_CLASSES.map((behavior) => createRow(behavior));
  readonly #announcer: Announcer;

  constructor(announcer: Announcer) {
    this.#announcer = announcer;
    byId('class-rows', HTMLElement).append(...this.#rows.map((row) => row.element));
  }

  /** A state in which no class can be named. */
  showNothing(when: string, name: string, words: string): void {
    this.#verdict(when, name, words, true);
    for (const { element, bars, values } of this.#rows) {
      element.classList.remove('is-top');
      for (const arithmetic of arithmetics) {
        bars[arithmetic].style.transform = 'scaleX(0)';
        setText(values[arithmetic], '–');
      }
    }
    setText(this.#similarity, '–');
    setText(this.#difference, '–');
  }

  showAnswer(when: string, answer: InferenceResult, comparison: InferenceComparison): void {
    const known = classWords[answer.className as BehaviorClass] ?? { title: answer.className, words: '' };
    this.#verdict(when, known.title, known.words, false);
    this.#announcer.say(`${known.title}, ${formatPercent(answer.confidence, 0)}`);
    this.#rows.forEach(({ element, bars, values }, index) => {
      element.classList.toggle('is-top', index === answer.classIndex);
      for (const arithmetic of arithmetics) {
        const probability = comparison[arithmetic].probabilities[index] ?? 0;
        bars[arithmetic].style.transform = `scaleX(${probability})`;
        setText(values[arithmetic], formatPercent(probability));
      }
    });
    setText(this.#similarity, formatCosine(comparison.similarity));
    setText(this.#difference, formatSmall(comparison.maxProbDiff));
  }

  showWhen(when: string): void {
    setText(this.#when, when);
  }

  #verdict(when: string, name: string, words: string, isEmpty: boolean): void {
    setText(this.#when, when);
    setText(this.#name, name);
    setText(this.#words, words);
    this.#name.classList.toggle('is-empty', isEmpty);
  }
}

function createRow(behavior: BehaviorClass): Row {
  const bar = (arithmetic: Arithmetic) => create('span', { class: `bar-fill bar-${arithmetic}` });
  const value = (arithmetic: Arithmetic) =>
    create('td', { class: `share share-${arithmetic}`, 'data-testid': `${arithmetic}-${behavior}` }, '–');
  const bars = { int8: bar('int8'), fp32: bar('fp32') };
  const values = { int8: value('int8'), fp32: value('fp32') };
  const track = create('td', { class: 'bars', 'aria-hidden': 'true' });
  track.append(...arithmetics.map((each) => create('span', { class: 'bar' }, bars[each])));
  const heading = create('th', { scope: 'row' }, classWords[behavior].title);
  const element = create(
    'tr',
    { 'data-testid': `class-${behavior}` },
    heading,
    track,
    values.int8,
    values.fp32,
  );
  return { element, bars, values };
}
