import { byId } from './element.js';

const STORAGE_KEY = 'alice-theme'; // public/stored-theme.js reads it

function store(theme: string): void {
  try {
    if (theme === 'auto') localStorage.removeItem(STORAGE_KEY);
    else localStorage.setItem(STORAGE_KEY, theme);
  } catch {
    // Storage may be switched off: the choice then lasts as long as the page.
  }
}

/** Connects the theme switch; `onChange` runs whenever the colours may have changed. */
export function setUpTheme(onChange: () => void): void {
  const root = document.documentElement;
  const control = byId('theme', HTMLFieldSetElement);
  const current = root.dataset.theme ?? 'auto';
  for (const input of control.querySelectorAll('input')) input.checked = input.value === current;

  control.addEventListener('change', (event) => {
    const { value } = event.target as HTMLInputElement;
    if (value === 'auto') delete root.dataset.theme;
    else root.dataset.theme = value;
    store(value);
    onChange();
  });
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', onChange);
}
