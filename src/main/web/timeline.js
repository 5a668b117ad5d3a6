// SPDX-License-Identifier: GPL-3.0-or-later
// Flows by time and direction, with the times in which the log was blind.

import { html, say, styled, svg } from "./dom.js";
import { number } from "./format.js";
import { ends, gapClause, hidesFlows } from "./gaps.js";
import { text } from "./text.js";

export const DIRECTIONS = ["outbound", "inbound", "local", "forwarded", "unknown"];

const SECOND = 1e6;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
// Distances of marks that people count in.
const STEPS = [
  ...[1, 2, 5, 10, 15, 30].map((n) => n * SECOND), ...[1, 2, 5, 10, 15, 30].map((n) => n * MINUTE),
  ...[1, 2, 3, 6, 12].map((n) => n * HOUR), ...[1, 2, 4, 7, 14, 28, 91, 182, 365].map((n) => n * DAY),
];
const MOST_MARKS = 12;
// A label further right would be cut off.
const LAST_MARK = 0.96;
const HEIGHT = 100;
// Of a thousand. A bucket is short if the log is, and a narrower bar could not be seen.
const LEAST_WIDTH = 3;
// A shorter drag is a click.
const LEAST_DRAG = 4;

// The span that is drawn. A question without a begin reaches back to the first flow.
function drawnSpan({ since, until, buckets }) {
  const begin = since > 0 ? since : buckets[0]?.time ?? 0;
  return { since: begin, until: Math.max(until, begin + 1) };
}

function total(bucket) {
  return DIRECTIONS.reduce((sum, direction) => sum + (bucket[direction] ?? 0), 0);
}

// Returns the buckets that have a moment of the span: flows that existed when the service started may have begun before it.
function within({ buckets, bucket: length }, span) {
  return buckets.filter(({ time }) => time < span.until && time + length > span.since);
}

function bars(report, span, place) {
  const buckets = within(report, span);
  const most = Math.max(1, ...buckets.map(total));
  const picture = svg("svg", { viewBox: `0 0 1000 ${HEIGHT}`, preserveAspectRatio: "none", "aria-hidden": "true" });
  for (const bucket of buckets) {
    const left = Math.max(0, place(bucket.time)) * 1000;
    const width = Math.max(LEAST_WIDTH, Math.min(1, place(bucket.time + report.bucket)) * 1000 - left);
    let top = HEIGHT;
    for (const direction of DIRECTIONS) {
      const height = ((bucket[direction] ?? 0) / most) * HEIGHT;
      if (height > 0) {
        top -= height;
        picture.append(svg("rect", { class: `fill-${direction}`, x: Math.min(left, 1000 - width) + width * 0.06, y: top, width: width * 0.88, height }));
      }
    }
  }
  return { picture, most };
}

// Reports whether the log begins so late in the span that it can be seen.
function beginsWithin(report, span) {
  return (report.log_since ?? span.until) - span.since > (span.until - span.since) / 500;
}

function beforeLog({ log_since }) {
  return log_since === undefined ? text.noLog : text.beforeLog;
}

function bands(report, span, place, clock) {
  const drawn = report.gaps.filter(hidesFlows).map((gap) => ({ since: gap.since ?? span.since, until: gap.until ?? span.until, title: gapClause(gap, clock), kind: "blind" }));
  if (beginsWithin(report, span)) {
    drawn.push({ since: span.since, until: report.log_since ?? span.until, title: beforeLog(report), kind: "before" });
  }
  return drawn.filter((gap) => gap.since < span.until && gap.until > span.since).map((gap) => {
    const left = Math.max(0, place(gap.since));
    const width = Math.min(1, place(gap.until)) - left;
    return styled(html("div", { class: `band ${gap.kind}`, title: gap.title }), { left: `${left * 100}%`, width: `${width * 100}%` });
  });
}

function marks(span, place, clock) {
  const step = STEPS.find((length) => (span.until - span.since) / length <= MOST_MARKS) ?? STEPS[STEPS.length - 1];
  const offset = clock.offset(span.since);
  const found = [];
  for (let local = Math.ceil((span.since + offset) / step) * step; local - offset < span.until; local += step) {
    const time = local - offset;
    if (place(time) > LAST_MARK) {
      break;
    }
    const label = step >= DAY ? clock.date(time).slice(5) : step >= MINUTE ? clock.minute(time) : clock.second(time);
    const midnight = step < DAY && label.startsWith("00:00");
    const mark = html("span", { class: found.length % 2 === 1 ? "mark odd" : "mark" }, midnight ? clock.date(time).slice(5) : label);
    found.push(styled(mark, { left: `${place(time) * 100}%` }));
  }
  return html("div", { class: "marks", "aria-hidden": "true" }, ...found);
}

function legend(report, span) {
  const buckets = within(report, span);
  const present = DIRECTIONS.filter((direction) => buckets.some((bucket) => bucket[direction] > 0));
  const earlier = report.flows - buckets.reduce((sum, bucket) => sum + total(bucket), 0);
  const entry = (kind, label) => html("li", {}, html("i", { class: kind }), label);
  return html("ul", { class: "legend" },
    ...present.map((direction) => entry(`key fill-${direction}`, text.directions[direction])),
    report.gaps.some(hidesFlows) ? entry("key blind", text.blindTime) : null,
    beginsWithin(report, span) ? entry("key before", beforeLog(report)) : null,
    earlier > 0 ? html("li", {}, text.earlier(earlier)) : null);
}

// Says what a part of the line holds.
function bucketReadout(report, clock, since, until) {
  const sums = {};
  for (const bucket of within(report, { since, until })) {
    for (const direction of DIRECTIONS) {
      sums[direction] = (sums[direction] ?? 0) + (bucket[direction] ?? 0);
    }
  }
  const parts = DIRECTIONS.filter((direction) => sums[direction] > 0).map((direction) => `${number(sums[direction])} ${text.directions[direction]}`);
  const gaps = report.gaps.filter((gap) => (gap.since ?? 0) < until && (gap.until ?? Infinity) > since).map((gap) => gapClause(gap, clock));
  return text.bucket(text.between(...ends(since, until, clock)), parts, gaps);
}

// Lets people choose a part of the line, with a pointer or the arrow keys.
function choosing(line, { report, span, clock, output, onZoom }) {
  const step = Math.min(report.bucket, span.until - span.since);
  const at = (index) => Math.min(span.until, Math.max(span.since, Math.floor(span.since / step) * step + index * step));
  const count = Math.ceil((span.until - Math.floor(span.since / step) * step) / step);
  const cursor = line.querySelector(".cursor");
  let chosen = null;
  let anchor = null;
  const show = (first, last) => {
    chosen = { since: at(Math.min(first, last)), until: at(Math.max(first, last) + 1) };
    const place = (time) => ((time - span.since) / (span.until - span.since)) * 100;
    styled(cursor, { left: `${place(chosen.since)}%`, width: `${place(chosen.until) - place(chosen.since)}%` });
    cursor.hidden = false;
    say(output, bucketReadout(report, clock, chosen.since, chosen.until));
  };
  const hide = () => {
    cursor.hidden = true;
    say(output, "");
  };
  const index = (event) => {
    const box = line.getBoundingClientRect();
    const part = Math.min(0.999999, Math.max(0, (event.clientX - box.left) / box.width));
    return Math.floor((part * (span.until - span.since) + span.since - Math.floor(span.since / step) * step) / step);
  };
  let drag = null;
  let head = 0;
  line.addEventListener("pointermove", (event) => show(drag?.first ?? index(event), index(event)));
  line.addEventListener("pointerleave", () => drag ?? hide());
  line.addEventListener("blur", hide);
  line.addEventListener("pointerdown", (event) => {
    if (onZoom && event.button === 0) {
      drag = { first: index(event), x: event.clientX };
      line.setPointerCapture(event.pointerId);
    }
  });
  line.addEventListener("pointerup", (event) => {
    if (drag && Math.abs(event.clientX - drag.x) >= LEAST_DRAG) {
      onZoom(chosen);
    }
    drag = null;
  });
  line.addEventListener("pointercancel", () => {
    drag = null;
  });
  line.addEventListener("keydown", (event) => {
    const move = { ArrowLeft: -1, ArrowRight: 1, PageUp: -10, PageDown: 10, Home: -count, End: count }[event.key];
    if (move !== undefined) {
      head = Math.min(count - 1, Math.max(0, cursor.hidden && Math.abs(move) === 1 ? head : head + move));
      anchor = event.shiftKey ? anchor ?? head : head;
      show(anchor, head);
      event.preventDefault();
    } else if (event.key === "Enter" && onZoom && !cursor.hidden) {
      onZoom(chosen);
      event.preventDefault();
    } else if (event.key === "Escape") {
      hide();
    }
  });
}

// Returns the time line of a report. onZoom({since, until}) is called with a part that was chosen.
export function timeLine(report, { clock, onZoom } = {}) {
  const span = drawnSpan(report);
  const place = (time) => (time - span.since) / (span.until - span.since);
  const { picture, most } = bars(report, span, place);
  const output = html("p", { class: "readout", "aria-live": "polite" });
  const line = html("div", { class: onZoom ? "line zoomable" : "line", tabindex: "0", role: "group", "aria-label": `${text.timeLine}. ${onZoom ? text.zoomHint : text.readHint}` },
    ...bands(report, span, place, clock), picture, html("div", { class: "cursor", hidden: true }));
  choosing(line, { report, span, clock, output, onZoom });
  return html("section", { class: "card time-line" },
    html("h2", {}, text.timeLine, " ", html("small", {}, text.timesIn(clock.zone(span.since)))),
    html("p", { class: "scale", "aria-hidden": "true" }, text.flows(most)),
    line, marks(span, place, clock), html("div", { class: "under" }, legend(report, span), output));
}
