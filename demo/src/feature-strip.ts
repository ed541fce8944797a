import { FEATURE_NAMES, type FeatureName } from 'alice-quant';
import { byId, create, setText } from './element.js';

const titles: Record<FeatureName, string> = {
  velocity_avg: 'Speed, mean',
  velocity_max: 'Speed, peak',
  velocity_std: 'Speed, spread',
  acceleration_avg: 'Acceleration, mean',
  acceleration_max: 'Acceleration, peak',
  curvature_avg: 'Curvature, mean',
  curvature_max: 'Curvature, peak',
  jerk_avg: 'Jerk, mean',
  angle_change_rate: 'Turning',
  direction_entropy: 'Directions',
  straightness: 'Straightness',
  dominant_frequency: 'Rhythm',
};

/** The 12 inputs of the model, each in [0, 1]. */
export class FeatureStrip {
  readonly #cells = FEATURE_NAMES.map((name) => {
    const fill = create('span', { class: 'bar-fill bar-feature' });
    const value = create('span', { class: 'feature-value', 'data-testid': `feature-${name}` }, '–');
    const element = create(
      'div',
      { title: name },
      create('dt', {}, titles[name]),
      create('dd', {}, value, create('span', { class: 'bar', 'aria-hidden': 'true' }, fill)),
    );
    return { element, fill, value };
  });

  constructor() {
    byId('features', HTMLElement).append(...this.#cells.map((cell) => cell.element));
  }

  show(features: Float32Array): void {
    this.#cells.forEach(({ fill, value }, index) => {
      const feature = features[index] ?? 0;
      fill.style.transform = `scaleX(${feature})`;
      setText(value, feature.toFixed(2));
    });
  }
}
