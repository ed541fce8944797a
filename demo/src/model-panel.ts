import type { Progress, QuantizationResult } from 'alice-quant';
import { byId, create } from './element.js';
import { fileSource, modelChoices, type ModelChoice, type ModelSource } from './models.js';
import { Notice } from './notice.js';

/** Which model to quantize: one of the project's, or a file of the visitor's. */
export class ModelPanel {
  readonly #choices = byId('model-choices', HTMLFieldSetElement);
  readonly #button = byId('quantize', HTMLButtonElement);
  readonly #progress = byId('progress', HTMLProgressElement);
  readonly #file = byId('file', HTMLInputElement);
  readonly #drop = byId('drop', HTMLElement);
  readonly #notice = new Notice(byId('model-notice', HTMLElement));
  readonly #onQuantize: (source: ModelSource) => void;
  #isBusy = true;

  constructor(onQuantize: (source: ModelSource) => void) {
    this.#onQuantize = onQuantize;
    this.#choices.append(...modelChoices.map(createChoice));
    this.#button.addEventListener('click', () => this.#request(this.chosen));
    this.#file.addEventListener('change', () => {
      this.#requestFile(this.#file.files);
      this.#file.value = ''; // so that the same file can be chosen again
    });
    this.#acceptDrops();
  }

  get chosen(): ModelChoice {
    const id = this.#choices.querySelector('input:checked')?.getAttribute('value');
    return modelChoices.find((choice) => choice.id === id) ?? modelChoices[0];
  }

  set busy(isBusy: boolean) {
    this.#isBusy = isBusy;
    this.#button.disabled = isBusy;
    this.#file.disabled = isBusy;
    this.#progress.hidden = !isBusy;
    if (isBusy) this.#notice.hide();
  }

  showProgress({ stage, done, total }: Progress): void {
    this.#progress.value = stage === 'done' ? 1 : total > 0 ? done / total : 0;
  }

  showError(error: unknown, aftermath: string): void {
    this.#notice.showError(error, aftermath);
  }

  /** Says so where the model runs, but not as it should. */
  showDoubts({ error, fallbackTriggered, fallbackReason }: QuantizationResult): void {
    if (error) this.#notice.showWarning(error.message, error.code, error.hint);
    else if (fallbackTriggered)
      this.#notice.showWarning(`The model answers in FP32: ${fallbackReason ?? 'fallback'}.`);
  }

  #request(source: ModelSource): void {
    if (!this.#isBusy) this.#onQuantize(source);
  }

  #requestFile(files: FileList | null | undefined): void {
    const file = files?.[0];
    if (file) this.#request(fileSource(file));
  }

  /** A file dropped anywhere is taken: beside the zone the browser would leave the page for it. */
  #acceptDrops(): void {
    const mark = (isOver: boolean) => this.#drop.classList.toggle('is-over', isOver);
    addEventListener('dragover', (event) => {
      event.preventDefault();
      mark(true);
    });
    addEventListener('dragleave', (event) => {
      if (event.relatedTarget === null) mark(false);
    });
    addEventListener('drop', (event) => {
      event.preventDefault();
      mark(false);
      this.#requestFile(event.dataTransfer?.files);
    });
  }
}

function createChoice({ id, name, detail }: ModelChoice, index: number): HTMLElement {
  const attributes = {
    type: 'radio',
    name: 'model',
    value: id,
    checked: index === 0,
    'data-testid': `model-${id}`,
  };
  return create(
    'label',
    { class: 'choice' },
    create('input', attributes),
    create('span', { class: 'choice-name' }, name),
    create('span', { class: 'choice-detail' }, detail),
  );
}
