// A model whose branches are chosen by the shapes of what it is fed.
import { createEngine } from 'alice-quant';
import { describe, expect, test } from 'vitest';
import { hasSharedModels, sharedModel } from './fixtures/shared-models.js';

describe.skipIf(!hasSharedModels)('a model with branches', () => {
  test('is refused by name where its shapes do not choose a branch', async () => {
    const engine = await createEngine();
    await expect(engine.load(sharedModel('silero'))).rejects.toMatchObject({ code: 'shape_unresolved' });
    engine.dispose();
  });
});
