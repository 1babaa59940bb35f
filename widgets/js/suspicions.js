// What the scores and flags of one caption suspect, error type by error type. Pure, so that it can be tested
// without a browser.

// A rank this low is shown as a suspicion. It only decides what is drawn first: the queue does not use it.
export const LOW = 0.05;

const known = (value) => value !== null && value !== undefined;
export const isLow = ({ percentile }) => known(percentile) && percentile <= LOW;
const isLater = (one, other) => known(one) - known(other);

// One entry an error type: its witnesses, the one that speaks, and whether it is a suspicion. The type under
// review comes first, then what is suspected, the lowest rank before the others; undefined ones come last.
export function suspicionsOf({ scores = [], flags = [] }, underReview = null) {
  const types = new Map();
  const entryOf = (type) => {
    if (!types.has(type)) types.set(type, { type, witnesses: [] });
    return types.get(type);
  };
  for (const score of scores) entryOf(score.error_type ?? "other").witnesses.push({ ...score, isFlagged: false });
  for (const flag of flags) {
    const { witnesses } = entryOf(flag.error_type);
    const same = witnesses.find((witness) => witness.scorer === flag.scorer);
    // A flag is made from a score: both are one witness, and where the flag is silent the score speaks.
    if (same) Object.assign(same, pruned(flag), { isFlagged: true });
    else witnesses.push({ ...flag, isFlagged: true });
  }
  const entries = [...types.values()].map((entry) => judged(entry, underReview));
  return entries.sort(
    (a, b) =>
      b.isUnderReview - a.isUnderReview || b.isSuspected - a.isSuspected || isLater(b.lead.percentile, a.lead.percentile) ||
      (a.lead.percentile ?? 2) - (b.lead.percentile ?? 2) || a.type.localeCompare(b.type),
  );
}

const pruned = (flag) => Object.fromEntries(Object.entries(flag).filter(([, value]) => known(value)));

function judged(entry, underReview) {
  const witnesses = [...entry.witnesses].sort(
    (a, b) => b.isFlagged - a.isFlagged || (a.percentile ?? 2) - (b.percentile ?? 2) || String(a.scorer).localeCompare(String(b.scorer)),
  );
  const [lead] = witnesses;
  return {
    type: entry.type,
    witnesses,
    lead,
    isUnderReview: entry.type === underReview,
    isDefined: lead.isFlagged || known(lead.percentile) || known(lead.value),
    isSuspected: suspects(lead),
  };
}

const suspects = (witness) => witness.isFlagged || isLow(witness);

// Every span to underline, each once: of what is suspected, and quietly of the type under review.
export function spansOf(entries) {
  const spans = new Map();
  for (const { type, witnesses, isUnderReview } of entries)
    for (const witness of witnesses) {
      if (!known(witness.start_char) || !known(witness.end_char) || witness.end_char <= witness.start_char) continue;
      const isSuspected = suspects(witness);
      if (!isSuspected && !isUnderReview) continue;
      const name = `${type} ${witness.start_char} ${witness.end_char}`;
      if (!spans.has(name) || isSuspected) spans.set(name, { start: witness.start_char, end: witness.end_char, type, witness, isQuiet: !isSuspected });
    }
  return [...spans.values()].sort((a, b) => a.start - b.start || b.end - a.end);
}

// The stretches of time that witnesses would rather have, the one to look at first in front; what is the same
// to a twentieth of a second is one.
export function intervalsOf(entries, { start_s, end_s } = {}) {
  const found = [];
  for (const { type, witnesses, isUnderReview } of entries)
    for (const witness of witnesses) {
      if (!known(witness.start_s) || !known(witness.end_s) || witness.end_s <= witness.start_s) continue;
      if (!suspects(witness) && !isUnderReview) continue;
      if (isNear(witness, { start_s, end_s }) || found.some((other) => isNear(witness, other))) continue;
      found.push({ start_s: witness.start_s, end_s: witness.end_s, type, scorer: witness.scorer });
    }
  return found;
}

const isNear = (one, other) => Math.abs(one.start_s - other.start_s) < 0.05 && Math.abs(one.end_s - other.end_s) < 0.05;
