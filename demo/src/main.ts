import { DemoPage } from './demo-page.js';
import { byId } from './element.js';
import { Notice } from './notice.js';
import { setUpTheme } from './theme.js';

const fatal = new Notice(byId('fatal', HTMLElement));
const page = new DemoPage();

function showFailure(error: unknown): void {
  page.showStopped();
  fatal.showError(error, 'Reload the page to try again.');
}

addEventListener('error', (event) => showFailure(event.error ?? event.message));
addEventListener('unhandledrejection', (event) => showFailure(event.reason));

setUpTheme(() => page.refreshColours());
addEventListener('pagehide', (event) => {
  if (!event.persisted) page.dispose();
});
page.start().catch(showFailure);
