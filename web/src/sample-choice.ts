/**
 * Chooses at most `limit` of `labels.length` samples, in their order: each label keeps its share of the whole (rounded,
 * one sample at least), and the samples of a label are taken at even distances.
 */
export function spreadOver(labels: Int32Array, limit: number): number[] {
  if (labels.length <= limit) return [...labels.keys()];
  const groups = new Map<number, number[]>();
  labels.forEach((label, i) => {
    const group = groups.get(label);
    if (group) group.push(i);
    else groups.set(label, [i]);
  });
  const members = [...groups.values()];
  const quotas = quotasOf(
    members.map((group) => group.length),
    limit,
  );
  const chosen = members.flatMap((group, g) => evenlySpaced(group, quotas[g] ?? 0));
  return chosen.sort((a, b) => a - b);
}

function quotasOf(sizes: readonly number[], limit: number): number[] {
  const total = sizes.reduce((sum, size) => sum + size, 0);
  const shares = sizes.map((size) => (size * limit) / total);
  const quotas = shares.map((share) => Math.max(1, Math.floor(share)));
  const sum = () => quotas.reduce((a, b) => a + b, 0);
  const change = (by: number, weight: (g: number) => number) => {
    const weights = quotas.map((_, g) => weight(g));
    const g = weights.indexOf(Math.max(...weights));
    quotas[g] = (quotas[g] ?? 0) + by;
  };
  while (sum() < limit) change(1, (g) => (shares[g] ?? 0) - (quotas[g] ?? 0));
  while (sum() > limit) change(-1, (g) => quotas[g] ?? 0);
  return quotas;
}

function evenlySpaced(group: readonly number[], count: number): number[] {
  const at = (i: number) => Math.floor(((i + 0.5) * group.length) / count);
  return Array.from({ length: count }, (_, i) => group[at(i)] ?? 0);
}
