// SPDX-License-Identifier: GPL-3.0-or-later
// The page in Cockpit: a question, its answer, and the report of the flows that it is about.

import { objects, run } from "./command.js";
import { html } from "./dom.js";
import { Form } from "./form.js";
import { number } from "./format.js";
import { LiveTable } from "./live.js";
import { complete } from "./opened.js";
import { pageText } from "./page-text.js";
import * as question from "./question.js";
import { followStyle } from "./style.js";
import { Clock, drawReport } from "./view.js";

const NOT_PERMITTED = 6;

const answer = html("div", { id: "answer", role: "status", "aria-live": "polite" });
const drawn = html("main", { id: "report" });
const liveBox = html("div", { id: "live" });
const live = new LiveTable(liveBox);
const form = new Form({ onAsk: ask, onChange: change, onLive: toggleLive, onExport: exportAs });

let running = [];
// The answer to an alert, until the page shows it under the address that asks the same.
let answered = null;

function current() {
  return question.fromAddress(cockpit.location.options);
}

// Changes the address of the page, which then shows what that asks.
function change(changes) {
  go({ ...current(), ...changes });
}

// Goes to the address that asks a question, without the parts that are empty.
function go(asked) {
  cockpit.location.go([], Object.fromEntries(Object.entries(asked).filter(([, value]) => value)));
}

function say(state, ...content) {
  answer.replaceChildren(html("section", { class: `card answer ${state}` }, html("p", {}, ...content)));
}

async function ask(text, at, within) {
  if (!question.isAlert(text)) {
    const asked = Object.fromEntries(question.FILTERS.map((name) => [name, current()[name]]));
    go({ ...asked, ...question.fromForm(text, at, within) });
    return;
  }
  const { result } = start(question.whoOfAlert(), `${text.trim()}\n`);
  const { output, message } = await result;
  const answers = split(output);
  const last = answers[answers.length - 1];
  if (!last?.verdict.community_id) {
    done();
    say("failed", message || last?.verdict.sentence || pageText.failed(""));
    return;
  }
  const { community_id, since, until, label } = last.verdict;
  answered = { id: community_id, ...last, more: answers.length };
  cockpit.location.go([], { q: community_id, since: String(since), until: String(until), alert: label });
}

// Separates answers, each of which ends with its verdict.
function split(output) {
  const answers = [];
  let flows = [];
  for (const line of objects(output)) {
    if (line.verdict) {
      answers.push({ flows, verdict: line });
      flows = [];
    } else {
      flows.push(line);
    }
  }
  return answers;
}

function start(command, input) {
  document.body.dataset.state = "busy";
  form.busy(true);
  const started = run(command, input);
  running.push(started);
  return started;
}

// What the page shows is complete: "shown" is its address, "answers" how often there was an answer.
function done() {
  const { dataset } = document.body;
  dataset.state = "ready";
  dataset.shown = cockpit.location.href;
  dataset.answers = Number(dataset.answers ?? 0) + 1;
  form.busy(false);
}

async function answerOf(asked) {
  if (answered && answered.id === asked.q) {
    const kept = answered;
    answered = null;
    return kept;
  }
  const { output, message, problem } = await start(question.who(asked)).result;
  return split(output)[0] ?? { flows: [], message: problem === "not-found" ? pageText.noProgram : message.split("\nTry '")[0] };
}

function showAnswer(asked, { verdict, message, more }) {
  if (!verdict) {
    say("failed", message);
    return;
  }
  const state = verdict.verdict;
  say(state, asked.alert ? html("strong", {}, pageText.alert(asked.alert), " ") : null,
    state === "not-permitted" ? pageText.notPermitted : verdict.sentence,
    more > 1 ? html("span", {}, ` ${pageText.severalAlerts(more)}`) : null);
}

function draw(report, flows) {
  const clock = new Clock(report.zone);
  if (flows) {
    const rows = flows.reverse().map((flow) => question.ROW_FIELDS.map((field) => flow[field] ?? null));
    report.newest = { fields: question.ROW_FIELDS, rows };
  }
  drawReport(drawn, report, {
    clock,
    onFilter: ({ field, value }) => change({ [field]: value, alert: "" }),
    onZoom: ({ since, until }) => change({ since: String(since), until: String(until), at: "", alert: "" }),
    onOpen: (flow, element) => complete(flow, element, { clock, onProcess: (pid) => change({ pid, q: "", address: "", name: "", port: "", alert: "" }) }),
  });
  if (flows) {
    // The answer is above, and its flows come before the picture.
    drawn.querySelector(".summary").remove();
    drawn.querySelector(".time-line").after(drawn.querySelector(".newest"));
  }
  return clock;
}

// Shows what the address of the page asks.
async function load() {
  running.forEach(({ cancel }) => cancel());
  running = [];
  const asked = current();
  form.show(asked);
  const both = [question.asksForFlows(asked) ? answerOf(asked) : null, start(question.report(asked)).result];
  const mine = running;
  const [found, { output, message, status, problem }] = await Promise.all(both);
  if (mine !== running) {
    return;
  }
  drawn.replaceChildren();
  if (found) {
    showAnswer(asked, found);
  } else if (status === NOT_PERMITTED) {
    say("not-permitted", pageText.notPermitted);
  } else if (status !== 0) {
    say("failed", problem === "not-found" ? pageText.noProgram : pageText.failed(message));
  } else {
    answer.replaceChildren();
  }
  if (status === 0) {
    form.showTimes(asked, draw(JSON.parse(output), found?.flows));
  }
  done();
}

function toggleLive() {
  if (live.isOn) {
    live.stop();
  } else {
    live.start();
  }
  return live.isOn;
}

const TYPES = { csv: "text/csv", json: "application/x-ndjson", html: "text/html" };

async function exportAs(format) {
  const { output, status, message } = await start(question.exported(current(), format)).result;
  done();
  if (output === "" && status !== 0) {
    say("failed", message);
    return;
  }
  const address = URL.createObjectURL(new Blob([output], { type: TYPES[format] }));
  html("a", { href: address, download: `network-flows.${format}` }).click();
  setTimeout(() => URL.revokeObjectURL(address), 60000);
  if (question.isCut(output, format)) {
    say("failed", pageText.exportCut(number(question.MOST_EXPORTED)));
  }
}

// Reads the log again if administrative access was turned on or off.
function followPermission() {
  const permission = cockpit.permission({ admin: true });
  let { allowed } = permission;
  permission.addEventListener("changed", () => {
    const changed = allowed !== null && permission.allowed !== allowed;
    ({ allowed } = permission);
    if (changed) {
      load();
    }
  });
}

followStyle();
cockpit.transport.wait(() => {
  document.body.append(form.element, answer, liveBox, drawn);
  cockpit.addEventListener("locationchanged", load);
  followPermission();
  load();
});
