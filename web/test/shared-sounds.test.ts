// Trained models of others that listen.
import { testSharedModels } from './fixtures/shared-model-tests.js';

testSharedModels('sounds');
