// SPDX-License-Identifier: GPL-3.0-or-later
// The largest groups of flows, as lists with bars.

import { html, styled } from "./dom.js";
import { number } from "./format.js";
import { text } from "./text.js";

// What demands attention comes first. A list that is seldom needed is left out if it is empty.
export const RANKINGS = [
  { name: "watch_hits", alarm: true },
  { name: "unexpected", alarm: true },
  { name: "refused", alarm: true },
  { name: "first_seen", always: true },
  { name: "services", always: true },
  { name: "processes", always: true },
  { name: "destinations", always: true },
  { name: "ports", always: true },
  { name: "names" },
  { name: "reasons" },
];

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

// Returns one list of a report.
export function ranking(report, name, { clock, onFilter, alarm } = {}) {
  const elements = report[name] ?? [];
  const all = report[`${name}_in_all`] ?? elements.length;
  const shown = elements.slice(0, MOST_ROWS);
  const most = Math.max(1, ...shown.map(({ flows }) => flows));
  const since = name === "first_seen" && report.first_seen_since ? text.firstSeenSince(clock.zoned(report.first_seen_since)) : "";
  const hint = [since, all > shown.length ? text.inAll(shown.length, all) : ""].filter(Boolean).join("; ");
  const nothing = name === "first_seen" && !report.first_seen_since ? text.firstSeenUnknown : text.none;
  return html("section", { class: alarm && shown.length > 0 ? "card ranking alarm" : "card ranking" },
    html("h2", {}, text.rankings[name], " ", html("small", {}, hint)),
    shown.length === 0 ? html("p", { class: "none" }, nothing) : html("ol", {}, ...shown.map((element) => row(name, element, most, onFilter))));
}

// Returns all lists of a report.
export function rankings(report, options = {}) {
  const lists = RANKINGS.filter(({ name, always }) => always || (report[name] ?? []).length > 0);
  return html("div", { class: "rankings" }, ...lists.map(({ name, alarm }) => ranking(report, name, { ...options, alarm })));
}
