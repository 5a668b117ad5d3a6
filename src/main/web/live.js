// SPDX-License-Identifier: GPL-3.0-or-later
// Who opens flows now, as "conntrack-logger top" shows it.

import { follow } from "./command.js";
import { html } from "./dom.js";
import { bytes, number } from "./format.js";
import { pageText } from "./page-text.js";

const SECONDS = 2;
const MOST_ROWS = 15;

function row(key, counts) {
  const size = (value) => (value > 0 ? bytes(value) : "");
  const count = (value) => (value > 0 ? number(value) : "");
  return html("tr", {},
    html("th", { scope: "row" }, counts[key] || pageText.unknown),
    ...[number(counts.flows), count(counts.outbound), count(counts.inbound), size(counts.sent), size(counts.received)]
      .map((value) => html("td", {}, value)));
}

// Draws the table into an element, which has nothing when it is stopped.
export class LiveTable {
  #element;
  #key = "unit";
  #rows = [];
  #stop = null;
  #body = html("tbody");
  #title = html("small", { role: "status" });

  constructor(element) {
    this.#element = element;
  }

  get isOn() {
    return this.#element.childNodes.length > 0;
  }

  start() {
    const keys = html("select", { id: "live-key", change: (event) => this.#follow(event.target.value) },
      ...Object.entries(pageText.liveKeys).map(([value, label]) => html("option", { value, selected: value === this.#key }, label)));
    const pause = html("button", { type: "button", class: "plain", id: "pause", click: () => this.#toggle(pause) }, pageText.pause);
    const heads = Object.entries(pageText.liveColumns).map(([name, label]) => html(label ? "th" : "td", { class: name, scope: label ? "col" : null }, label));
    this.#element.replaceChildren(html("section", { class: "card live" },
      html("div", { class: "head" }, html("h2", {}, pageText.liveTitle(SECONDS), " ", this.#title),
        html("label", { for: "live-key" }, `${pageText.liveBy} `, keys), pause),
      html("table", {}, html("thead", {}, html("tr", {}, ...heads)), this.#body)));
    this.#follow(this.#key);
  }

  stop() {
    this.#stop?.();
    this.#stop = null;
    this.#element.replaceChildren();
  }

  #toggle(pause) {
    const paused = this.#stop !== null;
    pause.textContent = paused ? pageText.resume : pageText.pause;
    if (paused) {
      this.#stop();
      this.#stop = null;
      this.#title.textContent = pageText.livePaused;
    } else {
      this.#follow(this.#key);
    }
  }

  #follow(key) {
    this.#stop?.();
    this.#key = key;
    this.#rows = [];
    this.#title.textContent = "";
    const command = ["conntrack-logger", "top", "--batch", "--output=json", `--delay=${SECONDS}s`, `--key=${key}`];
    this.#stop = follow(command, (line) => this.#take(line), (message) => {
      this.#title.textContent = message;
    });
  }

  // A table begins with an empty line.
  #take(line) {
    this.#rows = line === "" ? [] : [...this.#rows, JSON.parse(line)].slice(0, MOST_ROWS);
    const none = html("tr", {}, html("td", { colspan: "6", class: "none" }, pageText.liveNone));
    this.#body.replaceChildren(...(this.#rows.length > 0 ? this.#rows.map((counts) => row(this.#key, counts)) : [none]));
  }
}
