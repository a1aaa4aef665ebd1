// A form on somebody's site: filled in here, and sent by the desk's server as that site's would.

import { h, show, text } from "./dom.js";

const FIELDS = [["company", "Company"], ["contact_name", "Name"], ["contact_email", "E-mail"], ["needs", "What do you need?"]];
const $ = (id) => document.getElementById(id);

let once = null; // by which it comes again; another once anything is typed

/** Filled in with the first prospect, as soon as there is a form at all. */
export function drawForm(prospects) {
  $("to-form").hidden = !prospects;
  if (!prospects || $("fields").children.length) return;
  show($("fields"),
    h("label", {}, "Who fills it in", h("select", { id: "form-who" }, prospects.map((one, n) => h("option", { value: String(n) }, one.company)))),
    FIELDS.map(([name, words]) => h("label", {}, words, h("input", { id: `form-${name}`, autocomplete: "off" }))));
  const fill = () => {
    for (const [name] of FIELDS) $(`form-${name}`).value = prospects[Number($("form-who").value)][name];
  };
  $("form-who").addEventListener("change", fill);
  $("fields").addEventListener("input", () => (once = null));
  fill();
}

export function filled() {
  once ??= crypto.randomUUID();
  const typed = Object.fromEntries(FIELDS.map(([name]) => [name, $(`form-${name}`).value]));
  return { who: Number($("form-who").value), once, ...typed };
}

/** What the site was answered, as it is. */
export function answered({ status, said }) {
  text($("form-said"), `Answered ${status}: ${JSON.stringify(said)}`);
}
