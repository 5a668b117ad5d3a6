// SPDX-License-Identifier: GPL-3.0-or-later
// Flows as a table, each of which opens to its details.

import { html } from "./dom.js";
import { bytes, endpoint } from "./format.js";
import { text } from "./text.js";

// Returns the flows of a report as objects with the journal's field names.
export function newestFlows({ newest }) {
  return (newest?.rows ?? []).map((values) => Object.fromEntries(
    newest.fields.map((field, index) => [field, values[index]]).filter(([, value]) => value !== null && value !== undefined)));
}

function process(flow) {
  if (flow.PID) {
    return `${flow.PID_COMM ?? ""} (${flow.PID})`;
  }
  return flow.PID_REASON ? text.noProcess(flow.PID_REASON) : "";
}

// The far side of an inbound flow is its source.
function peer(flow) {
  const to = endpoint(flow.FLOW_DST, flow.FLOW_DPORT);
  const from = endpoint(flow.FLOW_SRC, flow.FLOW_SPORT);
  switch (flow.FLOW_DIRECTION) {
    case "inbound":
      return `${flow.FLOW_SRC ?? ""} > :${flow.FLOW_DPORT ?? ""}`.replace(/ > :$/, "");
    case "outbound":
    case "local":
      return to;
    default:
      return `${from} > ${to}`;
  }
}

function tuple(flow, from, to) {
  return `${endpoint(flow[`FLOW_${from}`], flow[`FLOW_${from === "SRC" ? "SPORT" : "REPLY_DPORT"}`])} > ${endpoint(flow[`FLOW_${to}`], flow[`FLOW_${to === "DST" ? "DPORT" : "REPLY_SPORT"}`])}`;
}

function size(value) {
  return value === undefined ? "" : bytes(Number(value));
}

// Returns the process and those that started it, the first ancestor outermost. Names have no " < " of their own: it is escaped.
function ancestry(flow) {
  const chain = (flow.PID_ANCESTRY ?? "").split(" < ").filter(Boolean).reverse();
  return chain.reduceRight((inner, name, index) => html("ul", { class: "tree" },
    html("li", { class: index === chain.length - 1 ? "last" : null }, html("code", {}, name), inner)), null);
}

function facts(flow, clock) {
  const words = text.details;
  const user = [flow.PID_USER, flow.PID_UID && `uid ${flow.PID_UID}`].filter(Boolean).join(", ");
  return [
    [words.flow, `${flow.FLOW_PROTO ?? ""} ${tuple(flow, "SRC", "DST")}`, "code"],
    [words.translated, flow.FLOW_REPLY_SRC && tuple(flow, "REPLY_DST", "REPLY_SRC"), "code"],
    [words.name, flow.FLOW_DNAME],
    [words.command, flow.PID_CMDLINE, "code"],
    [words.executable, flow.PID_EXE, "code"],
    [words.user, user],
    [words.login, flow.PID_LOGINUID && `uid ${flow.PID_LOGINUID}`],
    [words.unit, flow.PID_SERVICE],
    [words.invocation, flow.PID_INVOCATION_ID, "code"],
    [words.cgroup, flow.PID_CGROUP, "code"],
    [words.container, flow.PID_CONTAINER ?? flow.PID_MACHINE, "code"],
    [words.source, flow.PID_SOURCE],
    [words.reason, flow.PID ? undefined : flow.PID_REASON],
    [words.accepted, flow.PEER_PID && `${flow.PEER_COMM ?? ""} (${flow.PEER_PID}) ${flow.PEER_SERVICE ?? ""}`],
    [words.event, flow.FLOW_EVENT],
    [words.duration, flow.FLOW_DURATION_USEC && text.seconds((Number(flow.FLOW_DURATION_USEC) / 1e6).toFixed(3))],
    [words.watch, flow.FLOW_WATCH],
    [words.unexpected, flow.FLOW_UNEXPECTED && text.yes],
    [words.community, flow.FLOW_COMMUNITY_ID, "code"],
    [text.columns.time, flow.FLOW_TIMESTAMP && clock.zoned(Number(flow.FLOW_TIMESTAMP))],
  ].filter(([, value]) => value);
}

// Returns all that is known of a flow.
export function flowDetails(flow, { clock }) {
  const list = html("dl", {}, ...facts(flow, clock).flatMap(([name, value, element]) => [
    html("dt", {}, name), html("dd", {}, element ? html(element, {}, value) : value)]));
  const tree = ancestry(flow);
  return html("div", { class: "details" }, list, tree && html("div", {}, html("h3", {}, text.details.ancestry), tree));
}

// Adds the details of a flow under its row when they are first asked for.
function opener(flow, row, button, options) {
  return () => {
    const open = button.getAttribute("aria-expanded") !== "true";
    button.setAttribute("aria-expanded", String(open));
    if (row.nextElementSibling?.classList.contains("opened")) {
      row.nextElementSibling.hidden = !open;
    } else {
      const details = flowDetails(flow, options);
      row.after(html("tr", { class: "opened" }, html("td", { colspan: String(row.children.length) }, details)));
      options.onOpen?.(flow, details);
    }
  };
}

// Returns the direction, and what makes an entry more or less than a flow.
function direction(flow) {
  const known = flow.FLOW_DIRECTION ?? "unknown";
  return [text.directions[known] ?? known, flow.FLOW_EVENT === "refused" ? text.refused : null, flow.FLOW_COUNT ? text.flows(Number(flow.FLOW_COUNT)) : null]
    .filter(Boolean).join(", ");
}

function flowRow(flow, options) {
  const time = options.clock.full(Number(flow.FLOW_TIMESTAMP));
  const button = html("button", { type: "button", "aria-expanded": "false" }, time);
  const cell = (name, ...content) => html("td", { class: name, "data-label": text.columns[name] }, ...content);
  const row = html("tr", { class: flow.FLOW_WATCH || flow.FLOW_UNEXPECTED ? "flow alarm" : "flow" },
    cell("time", button),
    cell("direction", html("i", { class: `key fill-${flow.FLOW_DIRECTION ?? "unknown"}`, "aria-hidden": "true" }), direction(flow)),
    cell("unit", flow.PID_SERVICE ?? ""),
    cell("process", process(flow)),
    cell("peer", html("code", {}, `${flow.FLOW_PROTO ?? ""} ${peer(flow)}`)),
    cell("name", flow.FLOW_DNAME ?? ""),
    cell("sent", size(flow.FLOW_ORIG_BYTES)),
    cell("received", size(flow.FLOW_REPLY_BYTES)));
  const toggle = opener(flow, row, button, options);
  // A click on text that is being selected opens nothing.
  row.addEventListener("click", ({ target }) => (target === button || getSelection().isCollapsed) && toggle());
  return row;
}

// Returns a table of flows, objects with the journal's field names. onOpen(flow, element) is called when one is opened first.
export function flowTable(flows, options) {
  const hasBytes = flows.some((flow) => flow.FLOW_ORIG_BYTES !== undefined);
  const columns = Object.entries(text.columns);
  const table = html("table", { class: hasBytes ? "flows" : "flows no-bytes" },
    html("thead", {}, html("tr", {}, ...columns.map(([name, title]) => html("th", { class: name, scope: "col" }, title)))),
    html("tbody", {}, ...flows.map((flow) => flowRow(flow, options))));
  return html("section", { class: "card newest" }, html("h2", {}, text.newest, " ", html("small", {}, flows.length > 0 ? text.newestHint : "")),
    flows.length > 0 ? table : html("p", { class: "none" }, text.none));
}
