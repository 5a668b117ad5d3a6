// SPDX-License-Identifier: GPL-3.0-or-later
// Draws the report that stands in this file.

import { html } from "./dom.js";
import { text } from "./text.js";
import { Clock, drawReport } from "./view.js";

const report = JSON.parse(document.getElementById("data").textContent);
const main = document.querySelector("main");
drawReport(main, report);
main.append(html("footer", {}, text.made(new Clock(report.zone).zoned(report.made), report.version)));
