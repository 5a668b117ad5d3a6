// SPDX-License-Identifier: GPL-3.0-or-later
// Who talks to whom: units on the left, peers on the right, and between them bands as wide as their flows.

import { html, say, styled, svg } from "./dom.js";
import { number } from "./format.js";
import { text } from "./text.js";

const WIDTH = 100;
const GAP = 6;
// A label needs that much.
const LEAST_HEIGHT = 24;
const HEIGHT_FOR_FLOWS = 260;
// Links with a smaller share of all flows are drawn faintly.
const LITTLE = 1 / 400;
// So many links of a node are named.
const MOST_NAMED = 6;

// Returns the nodes of one side with their flows, in the order of the report and with the others last.
function nodes(known, others, links, side, otherLabel) {
  const all = known.map((node) => ({ ...node, flows: 0, used: 0 }));
  if (links.some((link) => link[side] === undefined)) {
    all.push({ other: otherLabel(others), flows: 0, used: 0 });
  }
  for (const link of links) {
    all[link[side] ?? all.length - 1].flows += link.flows;
  }
  return all;
}

function placed(side, height, total) {
  const free = height - GAP * (side.length - 1) - LEAST_HEIGHT * side.length;
  let top = 0;
  for (const node of side) {
    node.top = top;
    node.height = LEAST_HEIGHT + (node.flows / total) * free;
    top += node.height + GAP;
  }
}

// Puts peers of units that are above each other above each other, so that fewer links cross. The others stay last.
function untangled(peers, links, units) {
  const mean = peers.map((peer, index) => {
    const own = links.filter((link) => (link.peer ?? peers.length - 1) === index);
    const weighted = own.reduce((sum, link) => sum + link.flows * (link.service ?? units.length), 0);
    return peer.other ? Infinity : weighted / Math.max(1, peer.flows);
  });
  const order = peers.map((_, index) => index).sort((a, b) => mean[a] - mean[b] || a - b);
  return order.map((index) => peers[index]);
}

function label(node) {
  return node.other ?? node.service ?? node.name ?? node.address ?? text.unknown;
}

function condition(node) {
  const field = ["service", "name", "address"].find((name) => node[name] !== undefined);
  return node.other || !field ? null : { field, value: node[field] };
}

function band(from, to, link, units, peers, total) {
  const left = (link.flows / from.flows) * from.height;
  const right = (link.flows / to.flows) * to.height;
  const a = from.top + from.used;
  const b = to.top + to.used;
  from.used += left;
  to.used += right;
  const middle = WIDTH / 2;
  const direction = link.direction ?? "unknown";
  const faint = link.flows < total * LITTLE;
  const path = svg("path", {
    class: `link fill-${direction}${faint ? " faint" : ""}`,
    d: `M0,${a} C${middle},${a} ${middle},${b} ${WIDTH},${b} V${b + right} C${middle},${b + right} ${middle},${a + left} 0,${a + left} Z`,
  }, svg("title", {}, text.link(label(from), label(to), text.directions[direction], text.flows(link.flows))));
  return { path, from, to, link };
}

// Says with whom a node talks, the largest first.
function nodeReadout(node, drawn) {
  const own = drawn.filter(({ from, to }) => from === node || to === node).sort((a, b) => b.link.flows - a.link.flows);
  const parts = own.slice(0, MOST_NAMED).map(({ from, to, link }) =>
    text.share(label(from === node ? to : from), text.directions[link.direction ?? "unknown"], number(link.flows)));
  return text.shares(label(node), parts, own.length - parts.length);
}

function column(side, title, { drawn, output, onFilter }) {
  const items = side.map((node) => {
    const filter = condition(node);
    const words = [html("span", { class: "label" }, label(node)), html("span", { class: "count" }, number(node.flows))];
    const button = filter && onFilter
      ? html("button", { type: "button", title: text.filter(filter.value), click: () => onFilter(filter) }, ...words)
      : html("span", { class: "node", title: label(node), tabindex: "0" }, ...words);
    const mark = (on) => () => {
      say(output, on ? nodeReadout(node, drawn) : "");
      for (const { path, from, to } of drawn) {
        path.classList.toggle("on", on && (from === node || to === node));
        path.classList.toggle("off", on && from !== node && to !== node);
      }
    };
    for (const event of ["pointerenter", "focus"]) {
      button.addEventListener(event, mark(true));
    }
    for (const event of ["pointerleave", "blur"]) {
      button.addEventListener(event, mark(false));
    }
    return styled(html("li", { class: node.other ? "other" : null }, button), { top: `${node.top}px`, height: `${node.height}px` });
  });
  return html("ul", { "aria-label": title }, ...items);
}

// Returns the picture of a report. onFilter({field, value}) is called with a unit, name or address that was chosen.
export function flowPicture(report, { onFilter } = {}) {
  const { services, peers, links, other_services, other_peers } = report.picture;
  const head = html("h2", {}, text.picture);
  if (links.length === 0) {
    return html("section", { class: "card picture" }, head, html("p", { class: "none" }, text.none));
  }
  const total = links.reduce((sum, link) => sum + link.flows, 0);
  const left = nodes(services, other_services, links, "service", text.otherUnits);
  const right = nodes(peers, other_peers, links, "peer", text.otherPeers);
  const most = Math.max(left.length, right.length);
  const height = most * (LEAST_HEIGHT + GAP) + Math.min(HEIGHT_FOR_FLOWS, most * 30);
  const order = untangled(right, links, left);
  placed(left, height, total);
  placed(order, height, total);
  const end = (link) => ({ from: left[link.service ?? left.length - 1], to: right[link.peer ?? right.length - 1] });
  const drawn = links
    .map((link) => ({ link, ...end(link) }))
    .sort((a, b) => a.from.top - b.from.top || a.to.top - b.to.top)
    .map(({ link, from, to }) => band(from, to, link, left, right, total));
  const bands = svg("svg", { viewBox: `0 0 ${WIDTH} ${height}`, preserveAspectRatio: "none", "aria-hidden": "true" }, ...drawn.map(({ path }) => path));
  const output = html("p", { class: "readout", "aria-live": "polite" });
  const shared = { drawn, output, onFilter };
  const body = html("div", { class: "sides" }, column(left, text.units, shared), bands, column(order, text.peers, shared));
  return html("section", { class: "card picture" }, head, styled(body, { height: `${height}px` }), output);
}
