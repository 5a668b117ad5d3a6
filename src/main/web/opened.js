// SPDX-License-Identifier: GPL-3.0-or-later
// What a flow opens to: all that the log has of it, and where to look further.

import { objects, run } from "./command.js";
import { html } from "./dom.js";
import { flowDetails } from "./flows.js";
import { pageText } from "./page-text.js";
import { details } from "./question.js";

// Together they are the same in one flow only.
const IDENTITY = ["FLOW_ID", "FLOW_TIMESTAMP", "FLOW_PROTO", "FLOW_SRC", "FLOW_SPORT", "FLOW_DST", "FLOW_DPORT"];

function isSame(flow, candidate) {
  return IDENTITY.every((field) => flow[field] === undefined || String(flow[field]) === String(candidate[field]));
}

function explanation(flow) {
  return flow.PID ? pageText.source[flow.PID_SOURCE] : pageText.reason[flow.PID_REASON];
}

const logs = (matches) => `/system/logs#/?priority=debug&since=@0&${Object.entries(matches)
  .filter(([, value]) => value !== undefined).map(([field, value]) => `${field}=${encodeURIComponent(value)}`).join("&")}`;

function links(flow) {
  const jump = (label, target) => html("button", { type: "button", click: () => cockpit.jump(target) }, label);
  const unit = flow.PID_USER_UNIT ? undefined : flow.PID_UNIT;
  return [
    flow.PID && html("button", { type: "button", class: "same-process" }, pageText.sameProcess),
    unit && jump(pageText.unit, `/system/services#/${encodeURIComponent(unit)}`),
    flow.PID_INVOCATION_ID && jump(pageText.run, logs({ _SYSTEMD_INVOCATION_ID: flow.PID_INVOCATION_ID })),
    jump(pageText.entry, logs({ tag: "conntrack-logger", FLOW_ID: flow.FLOW_ID, FLOW_TIMESTAMP: flow.FLOW_TIMESTAMP })),
  ].filter(Boolean);
}

// Adds to the details of a flow what the row has not.
export async function complete(flow, element, { clock, onProcess }) {
  const { output } = await run(details(flow)).result;
  const whole = objects(output).find((candidate) => isSame(flow, candidate)) ?? flow;
  const known = explanation(whole);
  element.replaceChildren(...flowDetails(whole, { clock }).childNodes,
    html("div", { class: "further" },
      known ? html("p", {}, `${pageText.knownBy}: ${known}.`) : null,
      html("div", { class: "links" }, ...links(whole))));
  element.querySelector(".same-process")?.addEventListener("click", () => onProcess(whole.PID));
  element.dataset.complete = "yes";
}
