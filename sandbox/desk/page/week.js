// One person's week in Outlook.

import { h, icon } from "./dom.js";
import { ACTIONS, SHOWS, STATES, dayNumber, hhmm, weekday, when } from "./words.js";

const HOUR = 30; // pixels
const EARLIEST = 8 * 60;
const LATEST = 18 * 60;
const SHORTEST = 24; // minutes for which a block is drawn at least
const TEXT = 13; // pixels of a line

/** The grid; `now` is the minute of today, or null when today is in another week. */
export function week(column, now) {
  const { days, events, today } = column.week;
  const timed = days.flatMap((day) => day.parts.filter((part) => !part.all_day));
  const works = days.flatMap((day) => day.works ?? []);
  const from = Math.floor(Math.min(EARLIEST, ...works, ...timed.map((part) => part.from)) / 60) * 60;
  const to = Math.ceil(Math.max(LATEST, ...works, ...timed.map((part) => part.to)) / 60) * 60;
  const at = (minute) => `${((minute - from) / 60) * HOUR}px`;
  const hours = [];
  for (let hour = from + 60; hour < to; hour += 60) hours.push(hour);
  const whole = days.some((day) => day.parts.some((part) => part.all_day));

  return [
    h("div", { class: "days", style: { "--days": days.length } },
      h("div", { class: "corner" }),
      days.map((day) =>
        h("div", { class: "day", "data-today": day.date === today },
          h("span", {}, weekday(day.date)), " ", h("b", {}, dayNumber(day.date)))),
      whole && [
        h("div", { class: "corner" }),
        days.map((day) =>
          h("div", { class: "whole" },
            day.parts.filter((part) => part.all_day).map((part) => block(events[part.event], part)))),
      ],
      h("div", { class: "hours", style: { height: at(to) } },
        hours.map((hour) => h("span", { style: { top: at(hour) } }, hhmm(hour)))),
      days.map((day) =>
        h("div", {
          class: "times",
          role: "list",
          "aria-label": `${weekday(day.date)} ${dayNumber(day.date)}`,
          style: { height: at(to), "--hour": `${HOUR}px` },
        },
          day.works && h("div", {
            class: "works",
            style: { top: at(day.works[0]), height: `calc(${at(day.works[1])} - ${at(day.works[0])})` },
          }),
          lanes(day.parts.filter((part) => !part.all_day)).map(({ part, lane, of }) =>
            h("div", {
              role: "listitem",
              class: "slot",
              "data-key": `${day.date} ${part.event}`,
              style: {
                top: at(part.from),
                height: `calc(${at(Math.max(part.to, part.from + SHORTEST))} - ${at(part.from)})`,
                left: `${(lane / of) * 100}%`,
                width: `${100 / of}%`,
              },
            }, block(events[part.event], part))),
          day.date === today && now !== null && now >= from && now <= to &&
            h("div", { class: "line", style: { top: at(now) } }))),
    ),
    legend(Object.values(events)),
  ];
}

/** Side by side where they overlap. */
function lanes(parts) {
  const placed = [];
  let group = [];
  let until = -1;
  const close = () => {
    const of = Math.max(0, ...group.map((one) => one.lane)) + 1;
    placed.push(...group.map((one) => ({ ...one, of })));
    group = [];
  };
  for (const part of [...parts].sort((a, b) => a.from - b.from || b.to - a.to)) {
    if (part.from >= until) close();
    const taken = group.filter((one) => Math.max(one.part.to, one.part.from + SHORTEST) > part.from);
    let lane = 0;
    while (taken.some((one) => one.lane === lane)) lane += 1;
    group.push({ part, lane });
    until = Math.max(until, part.to, part.from + SHORTEST);
  }
  close();
  return placed;
}

function marks(event) {
  const found = [];
  if (event.private) found.push("private");
  if (event.shows === "oof") found.push("out");
  if (event.state !== "own") found.push(event.state);
  return found;
}

function block(event, part) {
  const time = part.all_day ? "All day" : `${hhmm(part.from)} to ${hhmm(part.to)}`;
  const told = [time, event.subject, STATES[event.state], SHOWS[event.shows], event.private && "private"];
  return h("button", {
    type: "button",
    class: "block",
    "data-key": event.id,
    "data-do": "event",
    "data-event": event.id,
    "data-state": event.state,
    "data-shows": event.shows,
    "data-lines": lines(part),
    style: { "--lines": lines(part) },
    "aria-label": told.filter(Boolean).join(", "),
    title: told.filter(Boolean).join(" · "),
  }, marks(event).map(icon), h("span", {}, event.subject));
}

/** As many as can be read whole. */
const lines = (part) => part.all_day ? 1 : Math.max(1, Math.floor((((part.to - part.from) / 60) * HOUR - 3) / TEXT));

const LEGEND = [
  ["accepted", (event) => event.state === "accepted", "accepted"],
  ["unanswered", (event) => event.state === "unanswered", "not answered"],
  ["tentative", (event) => event.state === "tentative", "tentative"],
  ["organizer", (event) => event.state === "organizer", "organises"],
  ["cancelled", (event) => event.state === "cancelled", "cancelled"],
  ["out", (event) => event.shows === "oof", "out of office"],
  ["private", (event) => event.private, "private"],
];

function legend(events) {
  const shown = LEGEND.filter(([, is]) => events.some(is));
  const free = events.some((event) => event.shows === "free");
  if (!shown.length && !free) return h("p", { class: "legend" }, "Nothing in this week.");
  return h("p", { class: "legend" },
    shown.map(([name, , words]) => h("span", {}, icon(name), words)),
    free && h("span", {}, h("i", { class: "free" }), "free"));
}

/** What the dialog says of one event, and what can be done with it. */
export function details(column, event) {
  const { zone, given } = column;
  const span = event.all_day
    ? `${weekday(event.starts.slice(0, 10))} ${dayNumber(event.starts.slice(0, 10))}, all day`
    : `${when(event.starts, event.ends, zone)} in ${column.city}`;
  const state = [STATES[event.state], SHOWS[event.shows], event.private && "private", event.series && "repeats"];
  return [
    h("div", { class: "head" },
      h("p", { class: "role" }, `${given}’s calendar`),
      h("h2", { id: "event-title" }, event.subject),
      h("button", { type: "button", class: "close", "data-do": "close", "aria-label": "Close" }, icon("close"))),
    h("p", { class: "when" }, span),
    state.some(Boolean) && h("p", { class: "state" }, marks(event).map(icon), state.filter(Boolean).join(" · ")),
    h("dl", {},
      event.place && [h("dt", {}, "Where"), h("dd", {}, event.place)],
      event.online && !event.place && [h("dt", {}, "Where"), h("dd", {}, "Teams")],
      event.state !== "own" && [h("dt", {}, "From"), h("dd", {}, event.organizer)],
      event.attendees.length > 0 && [
        h("dt", {}, "With"),
        h("dd", {}, h("ul", {}, event.attendees.map((one) =>
          h("li", {}, icon(one.response), one.name, " ", h("span", {}, STATES[one.response]))))),
      ]),
    event.joined && h("p", { class: "state" }, icon("accepted"), "in the meeting from beginning to end"),
    event.text && h("p", { class: "text" }, event.text),
    h("div", { class: "buttons" }, event.can.map((one, place) =>
      h("button", {
        type: "button",
        class: place === 0 && one === "accept" && event.state !== "accepted" ? "main" : null,
        "data-do": "act",
        "data-act": one,
        "data-person": column.key,
        "data-event": event.id,
      }, ACTIONS[one]))),
  ];
}
