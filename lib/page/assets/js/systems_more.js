// What the view of systems can do besides showing them.

export { acknowledge, silence } from './incident_acts.js';
export { openHelp } from './help.js';
export { takeKeys } from './keys.js';
export { nextTheme } from './taste.js';

export function systemsKeys(view) {
  const { incidents } = view;
  addEventListener('popstate', () => view.restore());
  return { j: () => incidents.walk(1), k: () => incidents.walk(-1), a: () => incidents.press('acknowledge'), s: () => incidents.press('silence') };
}
