const KIB = 1024;

/** 12.3 KB, 1.50 MB; units of 1024. */
export function formatBytes(bytes: number): string {
  if (bytes < KIB) return `${bytes} B`;
  if (bytes < KIB * KIB) return `${(bytes / KIB).toFixed(1)} KB`;
  return `${(bytes / (KIB * KIB)).toFixed(2)} MB`;
}

/** 0.38 µs, 4.10 ms, 1.20 s. */
export function formatDuration(ms: number): string {
  if (ms < 1) return `${(ms * 1000).toFixed(ms < 0.01 ? 2 : 0)} µs`;
  if (ms < 1000) return `${ms.toFixed(ms < 10 ? 2 : 0)} ms`;
  return `${(ms / 1000).toFixed(2)} s`;
}

/** 99.8 %, with a space that does not break. */
export function formatPercent(share: number, digits = 1): string {
  return `${(share * 100).toFixed(digits).replace('-', '−')}\u00a0%`;
}

/** Six digits, cut and not rounded: only an exact 1 reads 1. */
export function formatCosine(value: number): string {
  if (value === 1) return '1';
  return (Math.trunc(value * 1e6) / 1e6).toFixed(6);
}

export function formatRatio(value: number): string {
  return `${value.toFixed(2)}×`;
}

export function formatSmall(value: number): string {
  if (value === 0) return '0';
  return value < 1e-6 ? 'under 0.000001' : value.toFixed(value < 1e-3 ? 6 : 4);
}

export function formatDecibels(value: number): string {
  return Number.isFinite(value) ? `${value.toFixed(1)} dB` : 'exact';
}
