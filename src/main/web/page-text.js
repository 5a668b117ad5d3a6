// SPDX-License-Identifier: GPL-3.0-or-later
// All words of the Cockpit page that the view does not have, in one place so that they can be translated.

export const pageText = {
  title: "Network flows",
  question: "Who had this flow?",
  questionHint: "Address, address:port, name, Community ID, or the line of an alert (eve.json, conn.log)",
  time: "Time",
  timeHint: "now",
  timeTitle: "Such as 02:14:07, yesterday, -1h, 2026-11-23 02:14:07, 2026-11-23T02:14:07Z or 1795467585.08",
  window: "Window",
  windows: {
    "5s": "5 seconds", "1min": "1 minute", "10min": "10 minutes", "1h": "1 hour", "6h": "6 hours", "1d": "1 day", "7d": "7 days",
    "30d": "30 days", all: "whole log",
  },
  ask: "Ask",
  asking: "Reading the log …",
  reset: "Start over",

  filters: "Shown are only flows of",
  filter: { service: "unit", port: "port", user: "user", pid: "process", address: "address", name: "name" },
  chosenTime: "time",
  from: (since, until) => `${since} to ${until}`,
  remove: (what) => `Remove ${what}`,

  command: "The same on the command line",
  copy: "Copy",
  copied: "Copied",
  copyYourself: "Selected: copy it",

  alert: (label) => `Alert: ${label}.`,
  notPermitted: "Not known: only root and members of the groups adm and systemd-journal may read the log."
    + " Turn on administrative access at the top of this page, or ask an administrator to add you to one of these groups.",
  failed: (message) => `The log could not be read: ${message}`,
  noProgram: "conntrack-logger does not run on this host: the command is missing.",
  severalAlerts: (count) => `Only the last of ${count} alerts is shown.`,

  live: "Live",
  livePaused: "paused",
  liveTitle: (seconds) => `Flows in the last ${seconds} seconds`,
  pause: "Pause",
  resume: "Resume",
  liveBy: "by",
  liveKeys: { unit: "unit", program: "program", destination: "destination", port: "port" },
  liveColumns: { name: "", flows: "Flows", outbound: "Out", inbound: "In", sent: "Sent", received: "Received" },
  liveNone: "no flow",
  unknown: "(unknown)",

  export: "Export",
  exportCut: (count) => `The file has ${count} flows, the most that this page exports; others may be missing. Choose a shorter time, or use the command with --lines=.`,
  exports: { csv: "Flows as CSV", json: "Flows as JSON", html: "Report as HTML" },

  source: {
    bpf: "recorded in the kernel when the flow began",
    sock_diag: "found by its socket when the flow was reported",
    proc: "found in /proc when the flow was reported",
    listener: "holds the listening socket",
  },
  reason: {
    "process-gone": "the process had ended before it could be looked up",
    kernel: "the kernel opened the flow itself",
    forwarded: "the flow passes through this host",
    remote: "the process is on another host",
    "other-netns": "the process is in another network namespace",
    "not-permitted": "the service may not look into that process",
    "no-listener": "no socket listens there",
  },
  knownBy: "How that is known",
  unit: "Show the unit in Services",
  run: "Log of that run of the unit",
  entry: "Show the journal entry",
  sameProcess: "Flows of this process",
  more: "More",
};
