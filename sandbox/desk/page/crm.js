// The company's CRM beside Outlook: contacts, with what stands at each. A choice is made at once, and an
// amount once it is left.

import { h } from "./dom.js";

export function crm(column) {
  const { name, contacts, owners, stages, prospects } = column.crm;
  const who = column.key;
  const pick = (label, data, value, all) =>
    h("label", {}, label,
      h("select", { "data-crm": "", "data-person": who, ...data },
        [["", "nobody"], ...all.map((one) => [one.id, one.name])].map(([id, words]) =>
          h("option", { value: id, selected: id === value }, words))));
  return [
    h("div", { class: "buttons small", "data-key": "new" },
      h("label", {}, "New lead",
        h("select", { "data-new-lead": who },
          h("option", { value: "" }, "choose"),
          prospects.map((one, place) => h("option", { value: String(place) }, one))))),
    !contacts.length && h("p", { class: "none", "data-key": "none" }, `Nobody is in ${name} yet.`),
    contacts.map((one) =>
      h("details", { class: "letter", "data-key": one.id },
        h("summary", {},
          h("span", { class: "from" }, one.name || one.mail),
          h("time", {}, one.mine ? "yours" : ""),
          h("span", { class: "subject" }, one.company)),
        h("div", { class: "body" },
          h("p", { class: "sender" }, one.mail),
          pick("Owner", { "data-kind": "contacts", "data-id": one.id, "data-name": "hubspot_owner_id" }, one.owner, owners),
          one.fields.length > 0 && h("dl", {}, one.fields.map(({ label, value }) => [h("dt", {}, label), h("dd", {}, value)])),
          one.notes.map((words) => h("p", { class: "text" }, words)),
          one.deals.map((deal) =>
            h("section", { "data-key": deal.id, "aria-label": deal.name },
              h("h4", {}, deal.name),
              pick("Stage", { "data-kind": "deals", "data-id": deal.id, "data-name": "dealstage" }, deal.stage, stages),
              h("label", {}, "Amount",
                h("input", { "data-crm": "", "data-person": who, "data-kind": "deals", "data-id": deal.id, "data-name": "amount", inputmode: "decimal", value: deal.amount })),
              pick("Owner of the deal", { "data-kind": "deals", "data-id": deal.id, "data-name": "hubspot_owner_id" }, deal.owner, owners))),
          h("div", { class: "answers" },
            h("div", { class: "buttons small" },
              h("button", { type: "button", "data-do": "deal", "data-person": who, "data-contact": one.id }, "Make a deal")))))),
  ];
}
