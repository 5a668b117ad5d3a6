// SPDX-License-Identifier: GPL-3.0-or-later
// What is asked: kept in the address of the page, and turned into the arguments of a command.

const ALERT = /^\s*\{|\t|^#/;
// What a word of the question may set, as in "port=53".
const WORD = /^(service|port|user|pid)=(.+)$/;
export const FILTERS = ["service", "address", "name", "port", "user", "pid"];
const FIELDS = ["q", "at", "within", "since", "until", "alert", ...FILTERS];
const DEFAULT_WINDOW = "1d";

// The fields of a row in the table; what a flow opens to is asked for when it is opened.
export const ROW_FIELDS = [
  "FLOW_TIMESTAMP", "FLOW_ID", "FLOW_DIRECTION", "FLOW_PROTO", "FLOW_SRC", "FLOW_DST", "FLOW_DPORT", "FLOW_DNAME",
  "PID", "PID_COMM", "PID_SERVICE", "PID_REASON",
];
const MOST_ROWS = 500;

// Reports whether a text is a line of a sensor's log.
export function isAlert(text) {
  return ALERT.test(text);
}

// Reads the question from the options of the page's address. Of an option that is given twice, the last counts.
export function fromAddress(options) {
  const last = (value) => (Array.isArray(value) ? value[value.length - 1] : value);
  return Object.fromEntries(FIELDS.map((name) => [name, last(options[name])]).filter(([, value]) => value));
}

// Reads what was typed: words such as "port=53" become filters.
export function fromForm(text, at, within) {
  const question = { q: "", at: at.trim(), within: within === DEFAULT_WINDOW ? "" : within };
  for (const word of text.trim().split(/\s+/)) {
    const [, name, value] = WORD.exec(word) ?? [];
    if (name) {
      question[name] = value;
    } else {
      question.q += `${question.q ? " " : ""}${word}`;
    }
  }
  return question;
}

export function windowOf(question) {
  return question.within || DEFAULT_WINDOW;
}

const epoch = (micros) => `@${Math.floor(micros / 1e6)}.${String(micros % 1e6).padStart(6, "0")}`;

function time(question) {
  const within = windowOf(question);
  if (question.since && question.until) {
    return [`--since=${epoch(Number(question.since))}`, `--until=${epoch(Number(question.until))}`];
  }
  if (within === "all") {
    return ["--since=@0"];
  }
  return question.at ? [`--at=${question.at}`, `--within=${within}`] : [`--since=-${within}`];
}

function what(question) {
  return [...(question.q ?? "").split(/\s+/), question.address, question.name].filter(Boolean);
}

// Reports whether flows are asked for, and not only a time.
export function asksForFlows(question) {
  return what(question).length > 0 || FILTERS.some((name) => question[name]);
}

// Returns the arguments that select flows. What is looked for comes last, after a "--": it may begin with a dash.
function selection(question) {
  const options = ["service", "port", "user", "pid"].filter((name) => question[name]).map((name) => `--${name}=${question[name]}`);
  const words = what(question);
  return { options: [...options, ...time(question)], words: words.length > 0 ? ["--", ...words] : [] };
}

function command(name, question, ...further) {
  const { options, words } = selection(question);
  return ["conntrack-logger", name, ...options, ...further, ...words];
}

export const report = (question) => command("report", question, "--output=json", `--flows=${asksForFlows(question) ? 0 : MOST_ROWS}`);

export const who = (question) =>
  command("who", question, "--output=json", "--verdict", `--output-fields=${ROW_FIELDS}`, `--lines=${MOST_ROWS}`);

// The alert is the standard input.
export const whoOfAlert = () =>
  ["conntrack-logger", "who", "--alert=-", "--output=json", "--verdict", `--output-fields=${ROW_FIELDS}`, `--lines=${MOST_ROWS}`];

// As many as the bridge carries at once.
export const MOST_EXPORTED = 10000;

export function exported(question, format) {
  return format === "html" ? command("report", question, "--html=-")
    : command("who", question, `--output=${format}`, `--lines=${MOST_EXPORTED}`);
}

// Reports whether an export has as many flows as it may have, so that others may be missing.
export function isCut(output, format) {
  const lines = format === "html" ? 0 : output.trimEnd().split("\n").length;
  return lines - (format === "csv" ? 1 : 0) >= MOST_EXPORTED;
}

// Asks for all fields of the flows that began when this one did.
export function details(flow) {
  const at = epoch(Number(flow.FLOW_TIMESTAMP));
  const ends = [flow.FLOW_SRC, flow.FLOW_DST].filter(Boolean);
  return ["conntrack-logger", "who", `--at=${at}`, "--within=1s", "--output=json", "--", ...ends];
}

// Returns the command for people, quoted for a shell.
export function shown(question) {
  const { options, words } = selection(question);
  const needed = words.some((word) => word !== "--" && word.startsWith("-")) ? words : words.slice(1);
  return ["conntrack-logger", asksForFlows(question) ? "who" : "report", ...options, ...needed]
    .map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`)).join(" ");
}
