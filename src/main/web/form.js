// SPDX-License-Identifier: GPL-3.0-or-later
// What the user asks: the box, the time, the filters, and the command that asks the same.

import { html } from "./dom.js";
import { ends } from "./gaps.js";
import { pageText } from "./page-text.js";
import { FILTERS, shown, windowOf } from "./question.js";

function labelled(id, label, input) {
  return html("div", { class: `field ${id}-field` }, html("label", { for: id }, label), input);
}

function plain(label, attributes) {
  return html("button", { type: "button", class: "plain", ...attributes }, label);
}

// The form. onAsk(text, at, within) is called with a question, onChange({field: value}) with a filter that was removed.
export class Form {
  #box;
  #at;
  #window;
  #chips = html("ul", { id: "chips", "aria-label": pageText.filters });
  #code = html("code", { id: "command", tabindex: "0" });
  #copied = html("small", { role: "status" });
  #progress = html("span", { id: "progress", role: "status" });
  #onChange;

  constructor({ onAsk, onChange, onLive, onExport }) {
    this.#onChange = onChange;
    this.#box = html("textarea", { id: "question", rows: "1", placeholder: pageText.questionHint, spellcheck: "false", autocapitalize: "off" });
    this.#at = html("input", { id: "at", placeholder: pageText.timeHint, title: pageText.timeTitle, spellcheck: "false", autocomplete: "off" });
    this.#window = html("select", { id: "window" },
      ...Object.entries(pageText.windows).map(([value, label]) => html("option", { value }, label)));
    const submit = (event) => {
      event.preventDefault();
      onAsk(this.#box.value, this.#at.value, this.#window.value);
    };
    this.#box.addEventListener("keydown", (event) => event.key === "Enter" && !event.shiftKey && submit(event));
    const form = html("form", { id: "ask", role: "search", submit },
      labelled("question", pageText.question, this.#box), labelled("at", pageText.time, this.#at),
      labelled("window", pageText.window, this.#window), html("button", { class: "primary" }, pageText.ask));
    const liveButton = plain(pageText.live, { id: "live-toggle", "aria-pressed": "false" });
    liveButton.addEventListener("click", () => liveButton.setAttribute("aria-pressed", String(onLive())));
    const exports = html("div", { class: "exports", role: "group", "aria-label": pageText.export },
      html("span", { class: "caption" }, pageText.export),
      ...Object.entries(pageText.exports).map(([format, label]) =>
        plain(format.toUpperCase(), { title: label, "aria-label": label, "data-format": format, click: () => onExport(format) })));
    const command = html("p", { class: "command" }, html("span", { class: "caption", id: "command-label" }, pageText.command), this.#code,
      plain(pageText.copy, { id: "copy", click: () => this.#copy() }), this.#copied);
    this.#code.setAttribute("aria-labelledby", "command-label");
    this.element = html("header", { class: "card question" }, html("h1", {}, pageText.title), form, this.#chips,
      html("div", { class: "tools" }, command, this.#progress, html("div", { class: "buttons" }, liveButton, exports)));
  }

  // Shows a question that the address of the page asks.
  show(question) {
    this.#box.value = question.q ?? "";
    this.#at.value = question.at ?? "";
    this.#window.value = windowOf(question);
    this.#code.textContent = shown(question);
    this.#copied.textContent = "";
    const chips = FILTERS.filter((name) => question[name]).map((name) => this.#chip(pageText.filter[name], question[name], { [name]: "" }));
    this.#chips.replaceChildren(...chips);
  }

  // Shows the times that were chosen, by a clock that is known once the report is read.
  showTimes(question, clock) {
    if (question.since && question.until) {
      const times = pageText.from(...ends(Number(question.since), Number(question.until), clock));
      this.#chips.append(this.#chip(pageText.chosenTime, times, { since: "", until: "" }));
    }
  }

  busy(on) {
    this.#progress.textContent = on ? pageText.asking : "";
    document.body.setAttribute("aria-busy", String(on));
  }

  #chip(label, value, without) {
    return html("li", {}, html("button", { type: "button", title: pageText.remove(`${label} ${value}`), click: () => this.#onChange({ ...without, alert: "" }) },
      html("span", { class: "kind" }, label), " ", html("span", { class: "value" }, value), html("span", { class: "cross", "aria-hidden": "true" }, "×")));
  }

  async #copy() {
    try {
      await navigator.clipboard.writeText(this.#code.textContent);
      this.#copied.textContent = pageText.copied;
    } catch {
      getSelection().selectAllChildren(this.#code);
      this.#copied.textContent = pageText.copyYourself;
    }
  }
}
