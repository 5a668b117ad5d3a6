// SPDX-License-Identifier: GPL-3.0-or-later
// Draws a report, the object that "conntrack-logger report --output=json --flows=200" prints. The Cockpit page and the file of
// "report --html" use it alike. It loads nothing, keeps no state and makes no element of a text.
//
// Options, all of which may be left out: clock (a Clock; that of report.zone), onFilter({field, value}) with field "service",
// "address", "name" or "port"; onZoom({since, until}) in microseconds; onOpen(flow, element), called with the details of a flow
// when it is first opened, to which the callee may add.

import { html } from "./dom.js";
import { flowTable, newestFlows } from "./flows.js";
import { Clock } from "./format.js";
import { doubtClause, ends, gapClause, hidesFlows } from "./gaps.js";
import { flowPicture } from "./picture.js";
import { alarms, rankings } from "./rankings.js";
import { text } from "./text.js";
import { timeLine } from "./timeline.js";

export { alarms, Clock, flowPicture, flowTable, gapClause, newestFlows, rankings, timeLine };

const MOST_GAPS = 5;

function completeness({ until, complete_until }, clock) {
  return complete_until < until ? text.completeUntil(clock.zoned(complete_until)) : text.complete;
}

// Returns how sure it is that the log has all flows, and what it lacks: a sentence, and a list of reasons.
function certainty(report, clock) {
  if (report.log_since === undefined) {
    return { state: "empty", sentence: text.empty, clauses: [] };
  }
  const short = report.since > 0 && report.log_since > report.since ? text.short(clock.zoned(report.log_since)) : "";
  const gaps = report.gaps.map((gap) => gapClause(gap, clock));
  const doubts = (report.doubts ?? []).map((doubt) => doubtClause(doubt, clock));
  const blind = report.gaps.filter(hidesFlows).length;
  const reasons = blind > 0 ? text.blind(blind) : doubts.length > 0 ? text.noGap : short || !report.complete_until ? "" : completeness(report, clock);
  const owners = blind === 0 && doubts.length === 0 && gaps.length > 0 ? text.ownersLost : "";
  return { state: report.complete_until ? "complete" : "blind", sentence: [short, reasons, owners].filter(Boolean).join(" "), clauses: [...gaps, ...doubts] };
}

// Returns the sentences at the top of a report, with the class of how sure they are: complete, blind or empty.
export function summary(report, options = {}) {
  const clock = options.clock ?? new Clock(report.zone);
  const span = text.span(...ends(report.since, report.until, clock));
  const { state, sentence, clauses } = certainty(report, clock);
  const peers = report.picture.peers.length + report.picture.other_peers;
  const units = report.picture.services.length + report.picture.other_services;
  const facts = [
    report.criteria?.length > 0 ? text.only(report.criteria) : null,
    report.unattributed > 0 ? text.unattributed(report.unattributed) : null,
    report.perhaps_repeated > 0 ? text.repeated(report.perhaps_repeated) : null,
    report.unlisted > 0 ? text.unlisted(report.unlisted) : null,
  ].filter(Boolean).map((fact) => ` ${fact}`);
  const list = (some) => html("ul", {}, ...some.map((clause) => html("li", {}, clause)));
  const rest = clauses.slice(MOST_GAPS);
  return html("section", { class: `card summary ${state}`, role: "status" },
    html("p", {}, html("strong", {}, report.flows === 0 ? text.nothing(span) : text.seen(report.flows, units, peers, span)), ...facts),
    html("p", {}, sentence),
    clauses.length > 0 ? list(clauses.slice(0, MOST_GAPS)) : null,
    rest.length > 0 ? html("details", {}, html("summary", {}, text.more(rest.length)), list(rest)) : null);
}

// Draws a report into an element, in place of what it has.
export function drawReport(element, report, options = {}) {
  const all = { ...options, clock: options.clock ?? new Clock(report.zone) };
  element.classList.add("report");
  const newest = flowTable(newestFlows(report), all);
  // Without --flows a report has none, although there are flows.
  newest.hidden = report.flows > 0 && report.newest.rows.length === 0;
  const groups = report.flows > 0 ? [flowPicture(report, all), rankings(report, all)] : [];
  const parts = [summary(report, all), alarms(report, all), timeLine(report, all), ...groups, newest];
  element.replaceChildren(...parts.filter(Boolean));
}
