// SPDX-License-Identifier: GPL-3.0-or-later
// All words of the view, in one place so that they can be translated. A function takes what stands between the words.

import { number } from "./format.js";

const plural = (count, one, many) => `${number(count)} ${count === 1 ? one : many}`;
const counted = (count, one, many) => (count === undefined ? `an unknown number of ${many}` : plural(count, one, many));
const were = (count) => (count === 1 || count === undefined ? "was" : "were");

export const text = {
  directions: { outbound: "outbound", inbound: "inbound", local: "local", forwarded: "forwarded", unknown: "direction unknown" },
  unknown: "(unknown)",
  flows: (count) => plural(count, "flow", "flows"),
  between: (since, until) => `${since} to ${until}`,

  // The sentences at the top.
  seen: (flows, units, peers, span) =>
    `${plural(flows, "flow", "flows")} of ${plural(units, "unit", "units")} with ${plural(peers, "peer", "peers")} ${span}.`,
  nothing: (span) => `No flow ${span}.`,
  only: (criteria) => `Only flows of ${criteria.join(" and ")}.`,
  span: (since, until) => `from ${since} to ${until}`,
  unattributed: (count) => `The owner of ${plural(count, "flow", "flows")} is unknown.`,
  repeated: (count) => `${plural(count, "flow", "flows")} may be counted more than once.`,
  unlisted: (count) => `${plural(count, "flow is", "flows are")} in no list, because there are too many addresses, ports or programs; counts by these may be too low.`,
  complete: "The log is complete there.",
  completeUntil: (time) => `The log is complete until ${time}; later flows may not be written yet.`,
  noGap: "No gap of the log is known, but flows may be missing:",
  blind: (count) => `The log was blind ${count === 1 ? "once" : count === 2 ? "twice" : `${number(count)} times`}; flows may be missing:`,
  ownersLost: "Some owners are unknown:",
  short: (time) => `The log reaches back only to ${time}.`,
  empty: "The log has no entry of conntrack-logger at all.",
  more: (count) => `${number(count)} more`,

  // What hides flows, by its kind.
  gap: {
    lost: ({ count, where }) => ({
      kernel: `${counted(count, "record", "records")} ${were(count)} lost in the kernel`,
      queue: `${counted(count, "record", "records")} ${were(count)} lost in the queue`,
      journal: `${counted(count, "record", "records")} ${were(count)} lost on the way to the journal`,
      decode: `${counted(count, "record", "records")} could not be decoded`,
      owner: `the owner of ${counted(count, "flow", "flows")} was lost`,
      down: "the service did not run",
      off: "connection tracking sent no events",
      table: "the conntrack table was full",
    })[where] ?? `${counted(count, "record", "records")} ${were(count)} lost (${where})`,
    down: () => "the service did not run",
    untracked: () => "connection tracking was inactive",
    suppressed: ({ count }) => `journald suppressed ${counted(count, "entry", "entries")}`,
    vacuumed: () => "journald deleted entries before they were archived",
    clock_set_back: () => "the clock was set back",
    miscounted: () => "the log does not have as many flows as the service wrote",
    damaged: ({ where }) => (where?.startsWith("cannot ") ? where : `${where ?? "a file"} is damaged or missing`),
  },
  when: { always: "at an unknown time", until: (time) => `until ${time}`, since: (time) => `since ${time}`, from: (since, until) => `from ${since} to ${until}` },
  doubt: {
    other_host: () => "this log is not that of the running system, and which flows its service logs is unknown",
    configuration_unknown: () => "the configuration cannot be read, and may exclude flows",
    not_running: (time) => `nothing shows that the service ran after ${time}`,
    not_counted: (time) => (time ? `no count of the service shows that none is missing after ${time}` : "the service has counted no flows that could be compared with the log"),
    configuration_changed: (time) => `the configuration changed at ${time}, and may have excluded flows before`,
    protocols: () => "only some protocols are logged (Protocols=)",
    rules: () => "rules exclude some flows (Include=, Exclude=)",
    ends_only: () => "flows are logged when they end (Events=end)",
    unattributed: () => "the owner of some flows is unknown",
    unnamed: () => "the name of some destinations is unknown",
    not_yet: (time) => `flows after ${time} may not be written yet`,
  },

  // The time line.
  timeLine: "Flows over time",
  zoomHint: "Drag to choose a time, or use the arrow keys, Shift to extend, Enter.",
  readHint: "Use the arrow keys to read it.",
  timesIn: (zone) => `times in ${zone}`,
  blindTime: "the log was blind",
  beforeLog: "before the log begins",
  noLog: "no log",
  earlier: (count) => `${plural(count, "flow", "flows")} began before`,
  bucket: (span, parts, gaps) => `${span}: ${parts.length === 0 ? "no flow" : parts.join(", ")}${gaps.length === 0 ? "" : `; ${gaps.join("; ")}`}`,

  // The picture.
  picture: "Units and their peers",
  otherUnits: (count) => plural(count, "other unit", "other units"),
  otherPeers: (count) => plural(count, "other peer", "other peers"),
  link: (unit, peer, direction, flows) => `${unit} – ${peer}, ${direction}: ${flows}`,
  share: (peer, direction, flows) => `${flows} ${direction} with ${peer}`,
  shares: (node, parts, others) => `${node}: ${parts.join(", ")}${others > 0 ? `, and ${number(others)} more` : ""}`,
  units: "Units",
  peers: "Peers",

  // The rankings, by their names in the report.
  rankings: {
    watch_hits: "On a watch list",
    unexpected: "Unexpected",
    refused: "Refused",
    first_seen: "Destinations seen for the first time",
    services: "Units",
    processes: "Programs",
    destinations: "Destinations",
    ports: "Ports",
    names: "Names",
    reasons: "Owner unknown, because",
  },
  firstSeenSince: (time) => `since ${time}`,
  firstSeenUnknown: "The log begins in this span, so that nothing is known to be new.",
  inAll: (shown, all) => `${number(shown)} of ${number(all)}`,
  none: "none",
  filter: (value) => `Show only ${value}`,

  // The flows.
  newest: "Newest flows",
  newestHint: "Choose one to see who started it.",
  columns: { time: "Time", direction: "Direction", unit: "Unit", process: "Process", peer: "Peer", name: "Name", sent: "Sent", received: "Received" },
  details: {
    flow: "Flow", event: "Event", translated: "After translation", name: "Name", command: "Command line", executable: "Executable", user: "User",
    login: "Login user", unit: "Unit", invocation: "Invocation", cgroup: "Control group", container: "Container", source: "Owner known from",
    reason: "Owner unknown, because", accepted: "Accepted by", duration: "Duration", watch: "Watch list", unexpected: "Unexpected",
    community: "Community ID", ancestry: "Started by",
  },
  seconds: (value) => `${value} s`,
  yes: "yes",
  refused: "refused",
  noProcess: (reason) => `no process (${reason})`,

  // The file.
  made: (time, version) => `Made ${time} by conntrack-logger ${version ?? ""}`,
};
