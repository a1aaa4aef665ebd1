// Times and words. Every time is told in the zone of the person whose it is.

const made = new Map();

function format(zone, options) {
  const key = zone + JSON.stringify(options);
  if (!made.has(key)) made.set(key, new Intl.DateTimeFormat("en-GB", { timeZone: zone, ...options }));
  return made.get(key);
}

const DAY = { weekday: "short", day: "numeric", month: "short" };

export const clock = (moment, zone) =>
  format(zone, { hour: "2-digit", minute: "2-digit" }).format(moment);

export const day = (moment, zone) => format(zone, DAY).format(moment).replace(",", "");

/** A date without a time, such as the days of a week. */
export const date = (iso) => new Date(`${iso}T12:00:00Z`);

export const weekday = (iso) => format("UTC", { weekday: "short" }).format(date(iso));

export const dayNumber = (iso) => String(date(iso).getUTCDate());

export function range(first, last) {
  const month = (iso) => format("UTC", { month: "short" }).format(date(iso));
  const begins = month(first) === month(last) ? dayNumber(first) : `${dayNumber(first)} ${month(first)}`;
  return `${begins}–${dayNumber(last)} ${month(last)}`;
}

/** Minutes since midnight of that zone. */
export function minutes(moment, zone) {
  const [hours, rest] = clock(moment, zone).split(":").map(Number);
  return hours * 60 + rest;
}

export const isoDate = (moment, zone) => format(zone, {
  year: "numeric", month: "2-digit", day: "2-digit",
}).format(moment).split("/").reverse().join("-");

export const hhmm = (minutes) =>
  `${String(Math.floor(minutes / 60)).padStart(2, "0")}:${String(minutes % 60).padStart(2, "0")}`;

export const city = (zone) => zone.split("/").pop().replaceAll("_", " ");

/** When something is, from begin to end, for a reader in that zone. */
export function when(begins, ends, zone) {
  const from = new Date(begins);
  const to = new Date(ends);
  const sameDay = isoDate(from, zone) === isoDate(to, zone);
  const end = sameDay ? clock(to, zone) : `${day(to, zone)}, ${clock(to, zone)}`;
  return `${day(from, zone)}, ${clock(from, zone)}–${end}`;
}

export const STATES = {
  own: "",
  organizer: "organises",
  accepted: "accepted",
  tentative: "tentative",
  unanswered: "not answered",
  declined: "declined",
  cancelled: "cancelled",
};

export const SHOWS = {
  free: "free",
  oof: "out of office",
  workingElsewhere: "works elsewhere",
};

export const KINDS = {
  invitation: "Invitation",
  update: "Update",
  cancellation: "Cancelled",
  response: "Answer",
  forward: "Forwarded",
  mail: "Mail",
};

export const ACTIONS = {
  accept: "Accept",
  tentative: "Tentative",
  decline: "Decline",
  delete: "Delete",
  later: "Move +1 h",
  cancel: "Cancel meeting",
  join: "Be in the meeting",
};
