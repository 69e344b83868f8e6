// What this browser prefers, and what it searched for last. Never the text of a record.

const KEY = 'psherald', USUAL = { theme: '', d: 'normal', wrap: '0', tz: 'local', cols: '', keys: '1', scope: 'all', recent: [], marks: [], pins: [], facets: [], plain: '' };

function stored() {
  try {
    return { ...USUAL, ...JSON.parse(localStorage.getItem(KEY) ?? '{}') };
  } catch {
    return { ...USUAL };
  }
}
const chosen = stored();

export const choice = (name) => chosen[name];
export function choose(name, value) {
  chosen[name] = value;
  try {
    localStorage.setItem(KEY, JSON.stringify(chosen));
  } catch {
    // Without storage it holds as long as the page.
  }
}
