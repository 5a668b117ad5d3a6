// SPDX-License-Identifier: GPL-3.0-or-later
// Light or dark, as the user chose in Cockpit.

function apply() {
  const chosen = localStorage.getItem("shell:style") ?? "auto";
  const { classList } = document.documentElement;
  classList.toggle("dark", chosen === "dark");
  classList.toggle("light", chosen === "light");
}

export function followStyle() {
  addEventListener("storage", apply);
  addEventListener("cockpit-style", apply);
  apply();
}
