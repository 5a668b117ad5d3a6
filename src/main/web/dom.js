// SPDX-License-Identifier: GPL-3.0-or-later
// Elements. Texts become text nodes, so that no name or command line can become an element.

const SVG = "http://www.w3.org/2000/svg";

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
      element.setAttribute(name, value === true ? "" : value);
    }
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

// Sets properties of the style. The policy of Cockpit allows no style attribute.
export function styled(element, properties) {
  for (const [name, value] of Object.entries(properties)) {
    element.style.setProperty(name, value);
  }
  return element;
}
