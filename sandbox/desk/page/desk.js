// The desk. The server says how everything is (api/state) and that something has changed
// (api/changes); this page draws it, and asks for what is pressed. It keeps nothing but who is
// shown, which week, and what has been looked at.

import { crm } from "./crm.js";
import { h, icon, isBusy, show, text } from "./dom.js";
import { answered, drawForm, filled } from "./form.js";
import { mail, outside } from "./post.js";
import { Teams } from "./teams.js";
import { city, clock, day, isoDate, minutes, range } from "./words.js";
import { details, week } from "./week.js";

const AT_FIRST = ["quinn", "rita", "mara"];
const POLL = 20_000; // milliseconds, should the stream of changes be silent
const SHORT = 5_000; // milliseconds for which something is said
const LONG = 9_000; // … and what takes reading
const AGAIN = 1_500; // milliseconds after which an unanswered question is asked again
const $ = (id) => document.getElementById(id);

let state = null;
let ahead = 0; // milliseconds by which the company's clock is ahead of this computer's
let asking = null; // until it is shown how everything is, where that is asked
let askAgain = false;
let chosen = 0; // the column that a narrow screen shows
let opened = null; // the event in the dialog
const weeks = AT_FIRST.map(() => 0);
const seen = new Map(); // person → the bot's latest message that was on the screen
let read = Number(sessionStorage.getItem("letters") ?? 0);

const people = readPeople();
const columns = people.map((_, place) => {
  const section = $("column").content.firstElementChild.cloneNode(true);
  section.dataset.place = place;
  $("people").append(section);
  const find = (selector) => section.querySelector(selector);
  return {
    section,
    role: find(".role"), name: find("h2"), select: find("select"), does: find(".does"),
    time: find(".there .time"), presence: find(".presence"), away: find("[data-away]"),
    frame: find(".frame"), shownOn: find(".shown-on"), teams: null,
    range: find(".range"), thisWeek: find("[data-by='0']"), week: find(".week"),
    count: find(".mail .count"), letters: find(".letters"),
    crm: find(".crm"), crmName: find(".crm-name"), crmCount: find(".crm .count"), records: find(".records"),
  };
});

/** Those that the address names, or those who sat here last, or those of the story. */
function readPeople() {
  const asked = new URLSearchParams(location.search).get("people") ?? localStorage.getItem("people") ?? "";
  const wanted = [...new Set(asked.split(",").filter(Boolean))].slice(0, AT_FIRST.length);
  return wanted.length ? wanted : [...AT_FIRST];
}

function keepPeople() {
  localStorage.setItem("people", people.join(","));
}

// Asking

async function ask(path, body) {
  const answer = await fetch(path, body === undefined ? {} : {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
  const content = await answer.json().catch(() => ({}));
  if (!answer.ok) throw Object.assign(new Error(content.error ?? `The desk answers ${answer.status}.`), { told: true });
  return content;
}

/** Everything is shown as it is from now on. */
async function refresh() {
  askAgain = true;
  asking ??= look();
  await asking;
}

async function look() {
  try {
    do {
      askAgain = false;
      const asked = people.join(",");
      const found = await ask(`api/state?people=${encodeURIComponent(asked)}&weeks=${weeks}`);
      if (asked === people.join(",")) draw(found);
      else askAgain = true;
    } while (askAgain);
    if ($("said").hasAttribute("data-lost")) say("");
  } catch (problem) {
    if (problem.told && people.join() !== AT_FIRST.join()) {
      localStorage.removeItem("people"); // somebody who sat here is not at this company
      location.replace(location.pathname);
    }
    say("The desk does not answer. Trying again …", { lost: true });
    setTimeout(refresh, AGAIN);
  } finally {
    asking = null;
  }
}

function listen() {
  const stream = new EventSource("api/changes");
  stream.addEventListener("message", refresh);
  stream.addEventListener("error", () => {
    if (stream.readyState === EventSource.CLOSED) setTimeout(listen, AGAIN);
    refresh();
  });
}

async function press(button, path, body, done, stays = SHORT) {
  button.setAttribute("aria-busy", "true");
  try {
    const told = await ask(path, body);
    await refresh();
    say(typeof done === "function" ? done(told) : done ?? "", { stays });
    return true;
  } catch (problem) {
    say(problem.told ? problem.message : "The desk does not answer.", { wrong: true });
    return false;
  } finally {
    button.removeAttribute("aria-busy");
  }
}

let hush;
function say(words, { lost = false, wrong = false, stays = wrong ? LONG : SHORT } = {}) {
  clearTimeout(hush);
  text($("said"), words);
  $("said").toggleAttribute("data-lost", lost);
  $("said").toggleAttribute("data-wrong", wrong);
  if (words && !lost) hush = setTimeout(() => say(""), stays);
}

// Drawing

const now = () => (state?.clock.stands ? new Date(state.clock.now) : new Date(Date.now() + ahead));
const shown = (place) => state?.columns[place];

function draw(found) {
  const anew = state?.desk !== found.desk; // it was started, or the page was opened
  if (state && anew) for (const column of columns) column.teams?.forget();
  state = found;
  const there = Date.parse(found.clock.now);
  if (Math.abs(there - Date.now() - ahead) > 1_500) ahead = there - Date.now();
  text($("company"), found.company);
  text($("outside-of"), found.company);
  columns.forEach((column, place) => drawColumn(column, found.columns[place], place));
  drawTimes();
  drawTabs();
  drawElsewhere();
  drawTrouble();
  drawSwitches();
  show($("readers"), outside(found.outside, anew));
  drawForm(found.form);
  drawOutsideCount();
  drawEvent();
}

function drawColumn(column, person, place) {
  text(column.role, person.role);
  text(column.name, person.name);
  text(column.does, [person.title, person.city].filter(Boolean).join(" · "));
  column.section.setAttribute("aria-label", person.name);
  column.section.toggleAttribute("data-chosen", place === chosen);
  if (!isBusy(column.away)) column.away.checked = person.away;
  column.away.dataset.away = person.key;
  drawChoices(column.select, person);
  drawTeams(column, person);
  const dates = person.week.days.map((one) => one.date);
  text(column.range, range(dates[0], dates.at(-1)));
  column.thisWeek.disabled = person.week.weeks === 0;
  text(column.count, person.mail.length ? String(person.mail.length) : "");
  show(column.letters, mail(person, now()));
  column.crm.hidden = !person.crm;
  if (person.crm) {
    text(column.crmName, person.crm.name);
    text(column.crmCount, person.crm.contacts.length ? String(person.crm.contacts.length) : "");
    show(column.records, crm(person));
  }
}

function drawChoices(select, person) {
  const groups = Map.groupBy
    ? Map.groupBy(state.everybody, (one) => one.role || "Others")
    : state.everybody.reduce((all, one) => all.set(one.role || "Others", [...(all.get(one.role || "Others") ?? []), one]), new Map());
  show(select, [...groups].map(([role, members]) =>
    h("optgroup", { label: role }, members.map((one) =>
      h("option", { value: one.key }, `${one.name}, ${one.title}, ${one.city}`)))));
  if (document.activeElement !== select || select.value === "") select.value = person.key;
}

function drawTeams(column, person) {
  if (state.missing) return text(column.frame, state.missing);
  column.teams ??= new Teams(column.frame, column.shownOn, ask, state.playgrounds);
  column.teams.draw(person).catch(() => setTimeout(refresh, AGAIN));
}

/** All that changes by itself as time goes by. */
function drawTimes() {
  if (!state) return;
  const first = shown(0);
  text($("time"), clock(now(), first.zone));
  text($("date"), `${day(now(), first.zone)} · ${first.city || city(first.zone)}`);
  columns.forEach((column, place) => {
    const person = shown(place);
    text(column.time, clock(now(), person.zone));
    text(column.presence, `${person.presence} · ${person.hours}`);
    column.presence.dataset.presence = person.presence;
    const isThisWeek = person.week.days.some((one) => one.date === isoDate(now(), person.zone));
    person.week.today = isoDate(now(), person.zone);
    show(column.week, week(person, isThisWeek ? minutes(now(), person.zone) : null));
  });
}

function drawTabs() {
  state.columns.forEach((person, place) => {
    const onScreen = place === chosen || getComputedStyle($("tabs")).display === "none";
    if (!seen.has(person.key) || (onScreen && !document.hidden)) seen.set(person.key, person.said);
  });
  show($("tabs"), state.columns.map((person, place) => {
    const fresh = person.said !== seen.get(person.key);
    return h("button", {
      type: "button",
      "data-key": person.key,
      "data-do": "tab",
      "data-place": place,
      "aria-pressed": String(place === chosen),
      "aria-label": fresh ? `${person.name}, something new` : person.name,
    }, person.given, fresh && h("i", { class: "dot" }));
  }));
}

/** Whoever has something new and sits nowhere on the desk can be brought there. */
function drawElsewhere() {
  const there = state.everybody.filter((one) => !people.includes(one.key));
  for (const one of there) if (!seen.has(one.key)) seen.set(one.key, one.said);
  const fresh = there.filter((one) => one.said !== seen.get(one.key));
  $("elsewhere").hidden = !fresh.length;
  show($("elsewhere"),
    icon("bell"), fresh.length > 1 ? "These people have a message from Baton:" : "There is a message from Baton for", " ",
    fresh.map((one) => h("button", { type: "button", "data-key": one.key, "data-do": "bring", "data-who": one.key },
      h("span", {}, h("b", {}, one.name), one.role && `, ${one.role.toLowerCase()}`))));
}

function troubles() {
  return [
    ...state.switches.filter((one) => one.on).map((one) => ({ words: one.title, path: "api/switches", mend: { name: one.name, on: false } })),
    ...state.columns.filter((one) => one.blocked).map((one) => ({ words: `${one.given} has blocked Baton`, path: `api/people/${one.key}/blocked`, mend: { on: false } })),
  ];
}

function drawTrouble() {
  const all = troubles();
  $("trouble").hidden = !all.length;
  show($("trouble"),
    icon("broken"), h("b", {}, "Broken now:"), " ",
    h("ul", {}, all.map((one) => h("li", { "data-key": one.words }, one.words))),
    h("button", { type: "button", "data-do": "mend" }, all.length > 1 ? "Mend everything" : "Mend it"));
}

function drawSwitches() {
  const line = (key, words, meaning, on, data) =>
    h("label", { class: "switch", "data-key": key },
      h("input", { type: "checkbox", role: "switch", checked: on, ...data }),
      h("span", {}, h("b", {}, words), meaning && h("small", {}, meaning)));
  show($("switches"),
    state.switches.map((one) => line(one.name, one.title, one.meaning, one.on, { "data-switch": one.name })),
    h("h3", { "data-key": "people" }, "People"),
    state.columns.map((one) => line(`block ${one.key}`, `${one.given} has blocked Baton`, "Messages are refused until they write again.", one.blocked, { "data-block": one.key })));
}

function drawOutsideCount() {
  const count = state.outside.flatMap((reader) => reader.letters).length;
  if (count < read) read = count;
  const fresh = count - read;
  show($("to-outside"), "Outside", fresh > 0 && [" ", h("span", { class: "count" }, `${fresh} new`)]);
  $("to-outside").dataset.count = count;
}

function readOutside() {
  read = Number($("to-outside").dataset.count ?? 0);
  sessionStorage.setItem("letters", read);
  if (state) drawOutsideCount();
}

function drawEvent() {
  const dialog = $("event");
  if (!opened || !dialog.open) return;
  const person = state.columns.find((one) => one.key === opened.person);
  const event = person?.week.events[opened.event];
  if (event) show(dialog, details(person, event));
  else dialog.close();
}

// What is pressed

const DO = {
  async next(button) {
    await press(button, "api/clock", { next: true }, ({ what }) => `${clock(now(), shown(0).zone)}. ${what}`, LONG);
  },
  async hours(button) {
    await press(button, "api/clock", { hours: Number(button.dataset.hours) }, timeIs);
  },
  async morning(button) {
    await press(button, "api/clock", { morning_of: people[0] }, timeIs);
  },
  how() {
    const hide = !$("how").hidden;
    $("how").hidden = hide;
    $("to-how").setAttribute("aria-expanded", String(!hide));
    localStorage.setItem("how", hide ? "read" : "");
    if (hide) $("to-how").focus();
  },
  /** To where somebody with the same role sits, or to the middle. */
  bring(button) {
    const key = button.dataset.who;
    const { role } = state.everybody.find((one) => one.key === key);
    const same = state.columns.findIndex((one) => one.role === role);
    chosen = same >= 0 ? same : 1;
    seen.set(key, state.everybody.find((one) => one.key === key).said);
    choose(Math.min(chosen, people.length - 1), key);
  },
  tab(button) {
    chosen = Number(button.dataset.place);
    draw(state);
  },
  week(button) {
    const place = Number(button.closest(".column").dataset.place);
    const by = Number(button.dataset.by);
    weeks[place] = by ? weeks[place] + by : 0;
    refresh();
  },
  event(button) {
    const person = shown(Number(button.closest(".column").dataset.place));
    opened = { person: person.key, event: button.dataset.event };
    show($("event"), details(person, person.week.events[opened.event]));
    $("event").showModal();
  },
  close() {
    $("event").close();
  },
  async act(button) {
    const { person, event, act } = button.dataset;
    if (await press(button, `api/people/${person}/events`, { event, do: act })) $("event").close();
  },
  async reply(button) {
    await press(button, "api/outside", { letter: button.dataset.letter, answer: button.dataset.answer });
  },
  async form(button) {
    await press(button, "api/form", filled(), answered);
  },
  async write(button) {
    const { person, letter } = button.dataset;
    await press(button, `api/people/${person}/mail`, { letter }, "The answer went to everybody on that mail.");
  },
  async deal(button) {
    const { person, contact } = button.dataset;
    await press(button, `api/people/${person}/crm/new`, { deal: contact }, "The deal is made.");
  },
  async mend(button) {
    for (const one of troubles()) await press(button, one.path, one.mend);
  },
};

const timeIs = () => `It is now ${day(now(), shown(0).zone)}, ${clock(now(), shown(0).zone)} in ${shown(0).city}.`;

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-do]");
  if (button && state && !isBusy(button)) DO[button.dataset.do](button);
  if (event.target === $("event")) $("event").close(); // beside it
});

document.addEventListener("change", (event) => {
  const { switch: name, block, away } = event.target.dataset;
  const on = event.target.checked;
  if (name) press(event.target, "api/switches", { name, on });
  if (block) press(event.target, `api/people/${block}/blocked`, { on });
  if (away) press(event.target, `api/people/${away}/away`, { on });
  if ("crm" in event.target.dataset) {
    const { person, kind, id, name: field } = event.target.dataset;
    press(event.target, `api/people/${person}/crm`, { kind, id, name: field, value: event.target.value });
  }
  if (event.target.dataset.newLead && event.target.value)
    press(event.target, `api/people/${event.target.dataset.newLead}/crm/new`, { lead: Number(event.target.value) }, "A lead is in the CRM.");
  if (event.target.matches(".pick select")) choose(Number(event.target.closest(".column").dataset.place), event.target.value);
});

/** Whoever sat there before changes places with somebody who is shown already. */
function choose(place, key) {
  const other = people.indexOf(key);
  if (other >= 0) {
    people[other] = people[place];
    weeks[other] = 0;
  }
  people[place] = key;
  weeks[place] = 0;
  keepPeople();
  refresh();
}

// Looks

const CONTRAST = matchMedia("(prefers-contrast: more)");

function drawLooks() {
  const chosen = localStorage.getItem("looks") ?? "";
  $("looks").value = chosen;
  document.documentElement.dataset.looks = chosen || (CONTRAST.matches ? "contrast" : "");
}

$("looks").addEventListener("change", () => {
  localStorage.setItem("looks", $("looks").value);
  drawLooks();
});
CONTRAST.addEventListener("change", drawLooks);
drawLooks();

$("event").addEventListener("close", () => (opened = null));
$("to-outside").addEventListener("click", readOutside);
new IntersectionObserver((entries) => entries.some((one) => one.isIntersecting) && readOutside(), { threshold: 0.3 }).observe($("outside"));
document.addEventListener("visibilitychange", () => document.hidden || refresh());

$("how").hidden = localStorage.getItem("how") === "read";
$("to-how").setAttribute("aria-expanded", String(!$("how").hidden));
setInterval(drawTimes, 5_000);
setInterval(() => document.hidden || refresh(), POLL);
refresh();
listen();
