// Runs before the first paint, so that a chosen theme does not flash the other one. src/theme.ts writes the value.
try {
  const theme = localStorage.getItem('alice-theme');
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;
} catch {
  // Storage may be switched off: the system's theme is used.
}
