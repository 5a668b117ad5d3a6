// SPDX-License-Identifier: GPL-3.0-or-later
// Elements. Texts become text nodes, so that no name or command line can become an element.

const SVG = "http://www.w3.org/2000/svg";
// What is not seen, or moves what is beside it: controls, marks of direction, separators, joiners.
const INVISIBLE = /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;

// Returns a text in which everything can be seen: a program may choose names that look like others.
function visible(text) {
  return text.replace(INVISIBLE, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

// Returns an HTML element. Attributes that are null or false are left out; a function is a listener of its event.
export function html(name, attributes = {}, ...children) {
  return fill(document.createElement(name), attributes, children);
}

// Returns an SVG element.
export function svg(name, attributes = {}, ...children) {
  return fill(document.createElementNS(SVG, name), attributes, children);
}

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") {
      element.addEventListener(name, value);
    } else if (value !== null && value !== undefined && value !== false) {
      element.setAttribute(name, value === true ? "" : visible(String(value)));
    }
  }
  const present = children.filter((child) => child !== null && child !== undefined);
  element.append(...present.map((child) => (typeof child === "string" ? visible(child) : child)));
  return element;
}

// Replaces what an element says.
export function say(element, text) {
  element.textContent = visible(text);
}

// Sets properties of the style. The policy of Cockpit allows no style attribute.
export function styled(element, properties) {
  for (const [name, value] of Object.entries(properties)) {
    element.style.setProperty(name, value);
  }
  return element;
}
