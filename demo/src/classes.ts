import type { BehaviorClass } from 'alice-quant';

/** What the page calls a class, and what a hand does in it. */
export const classWords: Record<BehaviorClass, { title: string; words: string }> = {
  lost_confused: {
    title: 'Lost, confused',
    words: 'Wandering with changes of mind: slow, in all directions, with pauses.',
  },
  rage_shake: {
    title: 'Rage shake',
    words: 'Fast back and forth, several reversals a second, and hardly any way made.',
  },
  precision_snipe: {
    title: 'Precision snipe',
    words: 'One aimed movement, then small corrections at the target.',
  },
  urgent_rush: {
    title: 'Urgent rush',
    words: 'Fast and nearly straight, with short stops.',
  },
  casual_explore: {
    title: 'Casual explore',
    words: 'Slow, smooth curves over a wide area.',
  },
  uncertain: {
    title: 'Uncertain',
    words: 'Hesitation, or two kinds of movement in one: not enough to tell.',
  },
};
