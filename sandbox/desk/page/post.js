// What people were sent: the mail of those inside, the inboxes of those outside.

import { h, icon } from "./dom.js";
import { KINDS, STATES, city, clock, day, isoDate, when } from "./words.js";

/** `now` tells today's letters, which need no date. */
export function mail(column, now) {
  if (!column.mail.length) return h("p", { class: "none" }, "Nothing has come yet.");
  return column.mail.map((letter) =>
    h("details", { class: "letter", "data-key": letter.id },
      h("summary", {},
        h("span", { class: "from" }, letter.from),
        h("time", {}, sent(letter, column.zone, now)),
        h("span", { class: "subject" }, subject(letter))),
      body(letter, column.zone, column.city || city(column.zone)),
      letter.kind === "mail" && h("div", { class: "answers" },
        h("div", { class: "buttons small" },
          h("button", { type: "button", "data-do": "write", "data-person": column.key, "data-letter": letter.id }, "Reply to all")))));
}

/** Of what was `there` before the page was opened, the newest letter stands open; of what has come
 * since, each, however many of them one look has brought. */
export function outside(readers, there) {
  if (!readers.length)
    return h("p", { class: "none" }, "Nobody outside has been written to yet. Book a meeting and look here.");
  return readers.map((reader) =>
    h("article", { class: "reader", "data-key": reader.address },
      h("header", {},
        h("h3", {}, reader.name),
        h("p", {}, [reader.name !== reader.address && reader.address, reader.zone && `${city(reader.zone)} time`].filter(Boolean).join(" · "))),
      reader.letters.map((letter, place) =>
        h("details", { class: "letter", "data-key": letter.id, open: place === 0 || !there },
          h("summary", {},
            h("span", { class: "from", "data-kind": letter.kind }, KINDS[letter.kind]),
            h("time", {}, `${day(new Date(letter.sent), letter.zone)}, ${clock(new Date(letter.sent), letter.zone)}`),
            h("span", { class: "subject" }, letter.subject)),
          body(letter, letter.zone, letter.city || city(letter.zone)),
          letter.asks && answers(reader, letter)))));
}

function sent(letter, zone, now) {
  const at = new Date(letter.sent);
  return isoDate(at, zone) === isoDate(now, zone) ? clock(at, zone) : day(at, zone);
}

const subject = (letter) =>
  letter.kind === "mail" || letter.kind === "response" ? letter.subject : `${KINDS[letter.kind]}: ${letter.subject}`;

function body(letter, zone, place) {
  const others = letter.kind === "mail" ? [] : letter.attendees;
  return h("div", { class: "body" },
    letter.starts && h("p", { class: "when" }, `${when(letter.starts, letter.ends, zone)} in ${place}`),
    letter.place && h("p", {}, letter.place),
    h("p", { class: "sender" }, `From ${letter.from}${others.length ? `, with ${others.join(", ")}` : ""}`),
    letter.text.length > 0 && h("p", { class: "text" }, letter.text.map(stretch)),
    !letter.text.length && !letter.starts && h("p", { class: "none" }, "Without words."));
}

/** Where it leads somewhere it opens beside the desk, as from any mailbox. */
const stretch = ({ words, to }) => (to ? h("a", { href: to, target: "_blank", rel: "noreferrer" }, words) : words);

function answers(reader, letter) {
  const choices = [["accept", "Accept", "accepted"], ["tentative", "Tentative", "tentative"], ["decline", "Decline", "declined"]];
  return h("div", { class: "answers" },
    h("p", { class: "state" }, icon(letter.answer), STATES[letter.answer]),
    h("div", { class: "buttons small", role: "group", "aria-label": `Answer for ${reader.name}` },
      choices.map(([answer, words, state]) =>
        h("button", {
          type: "button",
          "data-do": "reply",
          "data-letter": letter.id,
          "data-answer": answer,
          "aria-pressed": String(letter.answer === state),
        }, words)),
      h("button", {
        type: "button",
        "data-do": "reply",
        "data-letter": letter.id,
        "data-answer": "join",
        "aria-pressed": String(letter.joined),
      }, "Be in the meeting")));
}
