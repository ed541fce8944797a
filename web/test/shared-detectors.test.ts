// Trained models of others that find things in pictures.
import { testSharedModels } from './fixtures/shared-model-tests.js';

testSharedModels('detectors');
