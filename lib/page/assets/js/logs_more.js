// What the view of records can do besides showing them.

import { h } from './dom.js';
import { addFacetHands } from './facet_hands.js';
import { Following } from './following.js';
import { HistogramHands } from './histogram_hands.js';
import { Lane } from './lane.js';
import { Moving } from './moving.js';
import { Notes } from './notes.js';
import { Record } from './record.js';
import { RowHands } from './row_hands.js';
import { savedSearches } from './saved.js';

export { openColumns } from './columns.js';
export { removeField, toggleField } from './facet_hands.js';
export { openHelp } from './help.js';
export { takeKeys } from './keys.js';
export { logsKeys } from './logs_keys.js';
export { withAlso, withNot, withOnly } from './query_edit.js';
export { remember } from './recent.js';
export { rangeOfWords } from './range_words.js';
export { SearchHands } from './search_hands.js';
export { nextTheme } from './taste.js';
export { TimePop } from './time_pop.js';
import handsStyle from './hands.css' with { type: 'css' };

document.adoptedStyleSheets.push(handsStyle);

export class LogsMore {
  constructor(view) {
    const { histogram, facets } = view, pins = h('div');
    this.notes = new Notes(view);
    this.moving = new Moving(view, this);
    this.record = new Record(view, this.moving);
    this.hands = new RowHands(view, this.moving);
    this.following = new Following(view, this);
    new Lane(histogram);
    new HistogramHands(histogram, { zoom: (t) => view.go({ t, around: '', at: '' }), goTo: (time) => this.moving.goToTime(time), out: () => this.moving.zoomOut() });
    facets.node.prepend(pins);
    addFacetHands(facets);
    savedSearches.changed = () => pins.replaceChildren(savedSearches.pins(view.state));
    savedSearches.load();
  }

  // Another search has found something.
  begun() {
    this.notes.clear();
    this.following.forget();
    savedSearches.changed();
  }
}
