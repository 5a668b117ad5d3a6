// SPDX-License-Identifier: GPL-3.0-or-later
// Draws a report, the object that "conntrack-logger report --output=json --flows=200" prints. The Cockpit page and the file of
// "report --html" use it alike. It loads nothing, keeps no state and makes no element of a text.
//
// Options, all of which may be left out: clock (a Clock; that of report.zone), onFilter({field, value}) with field "service",
// "address", "name" or "port"; onZoom({since, until}) in microseconds; onOpen(flow, element), called with the details of a flow
// that was opened first, to which the callee may add.

import { html } from "./dom.js";
import { flowTable, newestFlows } from "./flows.js";
import { Clock } from "./format.js";
import { doubtClause, ends, gapClause } from "./gaps.js";
import { flowPicture } from "./picture.js";
import { rankings } from "./rankings.js";
import { text } from "./text.js";
import { timeLine } from "./timeline.js";

export { Clock, flowPicture, flowTable, gapClause, newestFlows, rankings, timeLine };

const MOST_GAPS = 5;

// Returns what the log lacks in the span: a sentence, and a list of reasons.
function doubtful(report, clock) {
  const gaps = report.gaps.map((gap) => gapClause(gap, clock));
  const doubts = (report.doubts ?? []).map((doubt) => doubtClause(doubt, clock));
  if (report.log_since === undefined) {
    return { state: "empty", sentence: text.empty, clauses: [] };
  }
  const short = report.since > 0 && report.log_since > report.since ? `${text.short(clock.zoned(report.log_since))} ` : "";
  if (gaps.length + doubts.length > 0) {
    return { state: "blind", sentence: short + (gaps.length > 0 ? text.blind(gaps.length) : text.noGap), clauses: [...gaps, ...doubts] };
  }
  return { state: short ? "blind" : "complete", sentence: short || text.complete, clauses: [] };
}

// Returns the sentences at the top of a report, with the class of how sure they are: complete, blind or empty.
export function summary(report, options = {}) {
  const clock = options.clock ?? new Clock(report.zone);
  const span = text.span(...ends(report.since, report.until, clock));
  const { state, sentence, clauses } = doubtful(report, clock);
  const peers = report.picture.peers.length + report.picture.other_peers;
  const units = report.picture.services.length + report.picture.other_services;
  const facts = [
    report.unattributed > 0 ? text.unattributed(report.unattributed) : null,
    report.perhaps_repeated > 0 ? text.repeated(report.perhaps_repeated) : null,
  ].filter(Boolean).map((fact) => ` ${fact}`);
  const list = (some) => html("ul", {}, ...some.map((clause) => html("li", {}, clause)));
  const rest = clauses.slice(MOST_GAPS);
  return html("section", { class: `card summary ${state}`, role: "status" },
    html("p", {}, html("strong", {}, report.flows === 0 ? text.nothing(span, report.host) : text.seen(report.flows, units, peers, span, report.host)), ...facts),
    html("p", {}, sentence),
    clauses.length > 0 ? list(clauses.slice(0, MOST_GAPS)) : null,
    rest.length > 0 ? html("details", {}, html("summary", {}, text.more(rest.length)), list(rest)) : null);
}

// Draws a report into an element, in place of what it has.
export function drawReport(element, report, options = {}) {
  const all = { ...options, clock: options.clock ?? new Clock(report.zone) };
  element.classList.add("report");
  element.replaceChildren(
    summary(report, all),
    timeLine(report, all),
    html("div", { class: "overview" }, flowPicture(report, all), rankings(report, all)),
    flowTable(newestFlows(report), all));
}
