import { AliceError } from 'alice-quant';
import { create } from './element.js';

/** A notice in an element that is an alert: what happened, what to do, and what that means for the page. */
export class Notice {
  readonly #element: HTMLElement;

  constructor(element: HTMLElement) {
    this.#element = element;
  }

  hide(): void {
    this.#element.hidden = true;
    this.#element.replaceChildren();
  }

  showError(error: unknown, aftermath: string): void {
    this.#show('bad', ...describeError(error), create('p', { 'data-testid': 'aftermath' }, aftermath));
  }

  showWarning(text: string, code?: string, hint?: string): void {
    this.#show('warn', ...describe(code, text, hint));
  }

  #show(kind: 'bad' | 'warn', ...content: Node[]): void {
    this.#element.className = `notice notice-${kind}`;
    this.#element.replaceChildren(...content);
    this.#element.hidden = false;
  }
}

function describe(code: string | undefined, message: string, hint: string | undefined): Node[] {
  const title = code ? [create('code', { 'data-testid': 'error-code' }, code), ' '] : [];
  const lines: Node[] = [create('p', {}, ...title, message)];
  if (hint) lines.push(create('p', { class: 'notice-hint' }, hint));
  return lines;
}

function describeError(error: unknown): Node[] {
  if (error instanceof AliceError) {
    const where = error.node ? ` (node ${error.node})` : '';
    return describe(error.code, error.message + where, error.hint);
  }
  return describe(undefined, error instanceof Error ? error.message : String(error), undefined);
}
