// SPDX-License-Identifier: GPL-3.0-or-later
// Times, numbers and addresses as people read them. Times are microseconds since the epoch, written as the commands do.

const UNITS = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];

// Returns a number with the separators of the reader's language.
export function number(value) {
  return value.toLocaleString();
}

export function bytes(value) {
  const unit = value < 1 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log2(value) / 10));
  const shown = value / 1024 ** unit;
  const digits = unit > 0 && shown < 100 ? 1 : 0;
  return `${shown.toLocaleString(undefined, { minimumFractionDigits: digits, maximumFractionDigits: digits })} ${UNITS[unit]}`;
}

// Returns an address with its port, if it has one.
export function endpoint(address, port) {
  if (!port) {
    return address ?? "";
  }
  return address?.includes(":") ? `[${address}]:${port}` : `${address ?? ""}:${port}`;
}

// A clock of one time zone. A zone that the browser does not know is shown as UTC.
export class Clock {
  #parts;
  #name;

  constructor(zone) {
    const fields = { year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", second: "2-digit" };
    const format = (options) => {
      try {
        return new Intl.DateTimeFormat("en-GB", { ...options, timeZone: zone });
      } catch {
        return new Intl.DateTimeFormat("en-GB", { ...options, timeZone: "UTC" });
      }
    };
    this.#parts = format({ ...fields, hourCycle: "h23" });
    this.#name = format({ timeZoneName: "short" });
  }

  #of(time) {
    const parts = {};
    for (const { type, value } of this.#parts.formatToParts(new Date(time / 1000))) {
      parts[type] = value;
    }
    return parts;
  }

  date(time) {
    const { year, month, day } = this.#of(time);
    return `${year}-${month}-${day}`;
  }

  // Returns hours and minutes.
  minute(time) {
    const { hour, minute } = this.#of(time);
    return `${hour}:${minute}`;
  }

  second(time) {
    return `${this.minute(time)}:${this.#of(time).second}`;
  }

  full(time) {
    return `${this.date(time)} ${this.second(time)}`;
  }

  zone(time) {
    return this.#name.formatToParts(new Date(time / 1000)).find(({ type }) => type === "timeZoneName").value;
  }

  zoned(time) {
    return `${this.full(time)} ${this.zone(time)}`;
  }

  // Returns how far the zone is ahead of UTC, in microseconds.
  offset(time) {
    const { year, month, day, hour, minute, second } = this.#of(time);
    return Date.UTC(year, month - 1, day, hour, minute, second) * 1000 - Math.floor(time / 1e6) * 1e6;
  }
}
