// What the search shows first: pages that explain before pages that list.
const PLACES = {
  changelog: -20, contributing: -20, design: -10, migrating: -10, outcomes: -10,
  api: 5, reference: 0, index: 10, "command-line": 10,
};

var Scorer = {
  score: ([docname, title, anchor, description, score]) => score + (PLACES[docname] ?? 20),
  objNameMatch: 6,
  objPartialMatch: 3,
  objPrio: {0: 3, 1: 2, 2: -5},
  objPrioDefault: 0,
  title: 15,
  partialTitle: 7,
  term: 5,
  partialTerm: 2,
};
