// SPDX-License-Identifier: GPL-3.0-or-later
// Runs commands on the host, with administrative access if the user turned it on.

const OPTIONS = { superuser: "try", err: "message" };

// What a command printed and how it ended. A problem is why it could not run, such as "not-found".
export function run(command, input) {
  const process = cockpit.spawn(command, OPTIONS);
  if (input !== undefined) {
    process.input(input);
  }
  const result = new Promise((resolve) => {
    process.then(
      (output) => resolve({ status: 0, output, message: "" }),
      (failure, output) => resolve({ status: failure.exit_status ?? 1, output: output ?? "", message: failure.message, problem: failure.problem }));
  });
  return { result, cancel: () => process.close("cancelled") };
}

// Runs a command that prints lines until it is stopped. Returns a function that stops it.
export function follow(command, onLine, onEnd) {
  const process = cockpit.spawn(command, OPTIONS);
  let rest = "";
  process.stream((data) => {
    const lines = (rest + data).split("\n");
    rest = lines.pop();
    lines.forEach(onLine);
  });
  let stopped = false;
  process.then(() => onEnd(""), (failure) => stopped || onEnd(failure.message));
  return () => {
    stopped = true;
    process.close("terminated");
  };
}

// Returns the objects in lines of JSON.
export function objects(output) {
  return output.split("\n").filter((line) => line.startsWith("{")).map((line) => JSON.parse(line));
}
