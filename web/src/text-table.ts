/** Columns that stand under each other; numbers to the right. */
export function columns(rows: readonly (readonly (string | number)[])[]): string {
  const widths: number[] = [];
  for (const row of rows)
    row.forEach((cell, i) => (widths[i] = Math.max(widths[i] ?? 0, String(cell).length)));
  const cellText = (cell: string | number, i: number) =>
    typeof cell === 'number' ? String(cell).padStart(widths[i] ?? 0) : cell.padEnd(widths[i] ?? 0);
  return rows.map((row) => `${row.map(cellText).join('  ').trimEnd()}\n`).join('');
}

export const percent = (share: number) => `${(100 * share).toFixed(2)} %`;
export const bytes = (count: number) => `${count.toLocaleString('en-US')} bytes`;
