// SPDX-License-Identifier: GPL-3.0-or-later
// What the log lacks, in words.

import { text } from "./text.js";

// Returns a clause such as "12 records were lost in the kernel from A to B".
export function gapClause(gap, clock) {
  const what = (text.gap[gap.kind] ?? (() => gap.kind))(gap);
  return gap.kind === "damaged" && gap.where?.startsWith("cannot ") ? what : `${what} ${when(gap, clock)}`;
}

function when({ since, until }, clock) {
  if (since === undefined) {
    return until === undefined ? text.when.always : text.when.until(clock.zoned(until));
  }
  return until === undefined ? text.when.since(clock.zoned(since)) : text.when.from(...ends(since, until, clock));
}

// Returns begin and end of a span. The end has no date if it is that of the begin.
export function ends(since, until, clock) {
  const sameDay = clock.date(since) === clock.date(until);
  return [clock.full(since), `${sameDay ? clock.second(until) : clock.full(until)} ${clock.zone(until)}`];
}

// Reports whether a gap can hide flows. A lost owner hides none.
export function hidesFlows({ kind, where }) {
  return kind !== "lost" || where !== "owner";
}

export function doubtClause({ kind, time }, clock) {
  return (text.doubt[kind] ?? (() => kind))(time ? clock.zoned(time) : "");
}
