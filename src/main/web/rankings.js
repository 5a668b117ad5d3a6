// SPDX-License-Identifier: GPL-3.0-or-later
// The largest groups of flows, as lists with bars.

import { html, styled } from "./dom.js";
import { number } from "./format.js";
import { text } from "./text.js";

// What demands attention, and is left out if there is none.
const ALARMS = ["watch_hits", "unexpected", "refused"];
const RANKINGS = ["first_seen", "services", "processes", "destinations", "ports", "names", "reasons"];
// These are seldom needed: they are left out if they are empty.
const OPTIONAL = ["names", "reasons"];

const MOST_ROWS = 10;

// Returns the words of an element: what it is, what qualifies it, and the condition that shows only its flows.
function described(name, element) {
  const { service, address, port, proto, exe, direction, reason, watch } = element;
  const peer = element.name ?? address ?? text.unknown;
  const transport = [proto, port].filter(Boolean).join("/");
  const byPeer = { field: element.name ? "name" : "address", value: element.name ?? address };
  switch (name) {
    case "services":
      return { label: service ?? text.unknown, filter: service && { field: "service", value: service } };
    case "processes":
      return { label: exe ?? text.unknown, note: service, filter: service && { field: "service", value: service } };
    case "ports":
      return { label: transport || text.unknown, note: text.directions[direction ?? "unknown"], filter: port && { field: "port", value: port } };
    case "names":
      return { label: peer, filter: byPeer };
    case "reasons":
      return { label: reason ?? text.unknown };
    case "destinations":
      return { label: peer, note: [element.name ? address : "", transport].filter(Boolean).join(" "), filter: byPeer };
    default:
      return { label: peer, note: [watch, element.name ? address : "", transport, service].filter(Boolean).join(" "), filter: byPeer };
  }
}

function row(name, element, most, onFilter) {
  const { label, note, filter } = described(name, element);
  const words = filter?.value && onFilter
    ? html("button", { type: "button", title: text.filter(filter.value), click: () => onFilter(filter) }, label)
    : html("span", { class: "label", title: label }, label);
  const bar = styled(html("i", { class: "bar", "aria-hidden": "true" }), { width: `${(element.flows / most) * 100}%` });
  return html("li", {}, bar, html("span", { class: "what" }, words, note ? html("small", { title: note }, note) : null),
    html("span", { class: "count" }, number(element.flows)));
}

function list(name, elements, most, onFilter) {
  return html("ol", {}, ...elements.map((element) => row(name, element, most, onFilter)));
}

// Returns one list of a report. The first ten are shown at once.
export function ranking(report, name, { clock, onFilter } = {}) {
  const elements = report[name] ?? [];
  const all = report[`${name}_in_all`] ?? elements.length;
  const [shown, further] = [elements.slice(0, MOST_ROWS), elements.slice(MOST_ROWS)];
  const most = Math.max(1, ...shown.map(({ flows }) => flows));
  const since = name === "first_seen" && report.first_seen_since ? text.firstSeenSince(clock.zoned(report.first_seen_since)) : "";
  const hint = [since, all > shown.length ? text.inAll(shown.length, all) : ""].filter(Boolean).join("; ");
  const nothing = name === "first_seen" && !report.first_seen_since ? text.firstSeenUnknown : text.none;
  return html("section", { class: ALARMS.includes(name) ? "card ranking alarm" : "card ranking" },
    html("h2", {}, text.rankings[name], " ", html("small", {}, hint)),
    shown.length === 0 ? html("p", { class: "none" }, nothing) : list(name, shown, most, onFilter),
    further.length > 0 ? html("details", {}, html("summary", {}, text.more(further.length)), list(name, further, most, onFilter)) : null);
}

function lists(names, report, options) {
  return html("div", { class: "rankings" }, ...names.map((name) => ranking(report, name, options)));
}

// Returns the lists of what demands attention, or null if there is nothing.
export function alarms(report, options = {}) {
  const names = ALARMS.filter((name) => (report[name] ?? []).length > 0);
  return names.length > 0 ? lists(names, report, options) : null;
}

// Returns the other lists of a report.
export function rankings(report, options = {}) {
  return lists(RANKINGS.filter((name) => !OPTIONAL.includes(name) || (report[name] ?? []).length > 0), report, options);
}
