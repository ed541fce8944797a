// Trained models of others that name classes, digits or actions.
import { testSharedModels } from './fixtures/shared-model-tests.js';

testSharedModels('classifiers');
