// Until the first record comes: it opens by itself, with that record beside the log. A click copies a line.

import { button, h } from './dom.js';
import { copy } from './clipboard.js';
import { clockOf, spanText } from './times.js';
import { visible } from './texts.js';
import { announce } from './say.js';

export function awaitFirstRecord() {
  const hello = document.querySelector('.hello'), wait = hello.querySelector('.wait'), begun = Date.now(), since = h('span', { class: 'dim' });
  wait.querySelector('.btn')?.remove();
  wait.append(since);
  setInterval(() => (since.textContent = `waiting for ${spanText(Date.now() - begun)}`), 1000);
  const source = new EventSource('/api/v1/tail?after=' + hello.dataset.after);
  source.addEventListener('message', ({ data, lastEventId }) => {
    const record = JSON.parse(data);
    // psherald's own records are no sign that somebody sends; they say what went wrong.
    if ((record.flags ?? 0) & 1) return record.level >= 30 ? tellTrouble(record) : undefined;
    source.close();
    location.assign('/?r=' + lastEventId);
  });
  showTabs(hello);
}

function tellTrouble({ received, message }) {
  const section = document.querySelector('.trouble');
  section.querySelector('p').hidden = true;
  section.querySelector('ul').prepend(h('li', {}, h('b', {}, clockOf(Date.parse(received))), ' ', visible(message)));
  announce(visible(message));
}

// One snippet at a time, as a list of tabs.
function showTabs(hello) {
  const heads = [...hello.querySelectorAll('h2')].filter((head) => head.nextElementSibling?.matches('pre.code'));
  if (heads.length < 2) return;
  const panels = heads.map((head) => head.nextElementSibling), list = h('div', { class: 'tabs', role: 'tablist', 'aria-label': 'How to send one' });
  const tabs = heads.map((head, i) => h('button', { type: 'button', role: 'tab', id: 'tab_' + i, 'aria-controls': 'panel_' + i, click: () => show(i) }, head.textContent));
  const show = (at) => {
    tabs.forEach((tab, i) => {
      tab.setAttribute('aria-selected', String(i === at));
      tab.tabIndex = i === at ? 0 : -1;
      panels[i].hidden = i !== at;
    });
  };
  panels.forEach((panel, i) => {
    panel.id = 'panel_' + i;
    panel.setAttribute('role', 'tabpanel');
    panel.setAttribute('aria-labelledby', 'tab_' + i);
    const text = panel.textContent;
    panel.prepend(button('Copy', () => copy(text), { class: 'small copy' }, 'copy'));
  });
  list.addEventListener('keydown', ({ key }) => {
    const by = { ArrowRight: 1, ArrowLeft: -1 }[key];
    if (!by) return;
    const at = (tabs.indexOf(document.activeElement) + by + tabs.length) % tabs.length;
    show(at);
    tabs[at].focus();
  });
  list.append(...tabs);
  heads[0].before(list);
  heads.forEach((head) => head.remove());
  show(0);
}
