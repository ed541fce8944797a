const SVG = 'http://www.w3.org/2000/svg';
const WIDTH = 400;
const HEIGHT = 72;
const LOWEST = 0.9;

function svg(tag: string, attributes: Record<string, string | number>): SVGElement {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
  return element;
}

/** Cosines from `LOWEST` up; what is lower is drawn at the bottom. */
const heightOf = (similarity: number) =>
  HEIGHT * (1 - (Math.max(similarity, LOWEST) - LOWEST) / (1 - LOWEST));

/** The similarities of the monitored inferences as points, with the two thresholds that they are held to. */
export class SimilarityChart {
  readonly #points = svg('path', { class: 'chart-points' });

  constructor(
    element: HTMLElement,
    { similarityThreshold, fallbackThreshold }: Record<'similarityThreshold' | 'fallbackThreshold', number>,
  ) {
    const line = (similarity: number, name: string) => {
      const y = heightOf(similarity);
      return svg('path', { class: `chart-line chart-${name}`, d: `M0 ${y}H${WIDTH}` });
    };
    const frame = svg('svg', {
      viewBox: `-4 -4 ${WIDTH + 8} ${HEIGHT + 8}`,
      preserveAspectRatio: 'none',
      role: 'img',
      'aria-label': 'Similarity of INT8 and FP32 in the latest monitored inferences',
    });
    frame.append(line(similarityThreshold, 'warn'), line(fallbackThreshold, 'bad'), this.#points);
    element.replaceChildren(frame);
  }

  /** @param history The latest similarities, oldest first; a window of `size` holds as many as the chart is wide. */
  show(history: readonly number[], size = 100): void {
    const x = (i: number) => (WIDTH * (size - history.length + i + 0.5)) / size;
    // A round cap makes a point of a line without length.
    const d = history
      .map((similarity, i) => `M${x(i).toFixed(1)} ${heightOf(similarity).toFixed(1)}h0`)
      .join('');
    this.#points.setAttribute('d', d);
  }
}
