import { BEHAVIOR_CLASSES, type BehaviorClass } from 'alice-quant';
import { classWords } from './classes.js';
import { byId, create, setText } from './element.js';

interface Entry {
  button: HTMLButtonElement;
  tally: HTMLElement;
  played: number;
  right: number;
}

/** The six play buttons, and how often what was played was also what was named. */
export class PlayPanel {
  readonly #entries = new Map<BehaviorClass, Entry>();
  readonly #outcome = byId('play-outcome', HTMLElement);

  constructor(onPlay: (behavior: BehaviorClass) => void) {
    const row = byId('play-buttons', HTMLElement);
    for (const behavior of BEHAVIOR_CLASSES) {
      const tally = create(
        'span',
        { class: 'play-tally', 'data-testid': `tally-${behavior}` },
        'not played yet',
      );
      const button = create(
        'button',
        { type: 'button', class: 'button play', 'data-testid': `play-${behavior}`, disabled: true },
        create('span', {}, classWords[behavior].title),
        tally,
      );
      button.addEventListener('click', () => onPlay(behavior));
      row.append(button);
      this.#entries.set(behavior, { button, tally, played: 0, right: 0 });
    }
  }

  set enabled(isEnabled: boolean) {
    for (const { button } of this.#entries.values()) button.disabled = !isEnabled;
  }

  showPlaying(behavior: BehaviorClass | undefined): void {
    for (const [each, { button }] of this.#entries) button.classList.toggle('is-playing', each === behavior);
    if (behavior) setText(this.#outcome, `Playing ${classWords[behavior].title}…`);
  }

  showInterrupted(): void {
    this.showPlaying(undefined);
    setText(this.#outcome, 'Stopped: your pointer took over.');
  }

  /** `named` undefined: too little movement to name. */
  showOutcome(behavior: BehaviorClass, named: string | undefined, confidence: string): void {
    const entry = this.#entries.get(behavior)!;
    entry.played += 1;
    if (named === behavior) entry.right += 1;
    setText(entry.tally, `${entry.right} of ${entry.played} named so`);
    const title = named && named in classWords ? classWords[named as BehaviorClass].title : named;
    const result = title ? `the model says ${title} (${confidence})` : 'too little movement to name';
    this.showPlaying(undefined);
    setText(this.#outcome, `Played ${classWords[behavior].title}: ${result}.`);
  }
}
