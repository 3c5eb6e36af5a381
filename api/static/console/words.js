// How numbers, dates and states are said here.

const MOMENT = new Intl.DateTimeFormat("en-IN", { day: "numeric", month: "short", hour: "numeric", minute: "2-digit" });
const DAY = new Intl.DateTimeFormat("en-IN", { day: "numeric", month: "long", year: "numeric" });
const NUMBER = new Intl.NumberFormat("en-IN");
const BYTES = ["bytes", "KB", "MB", "GB"];

export const moment = (text) => MOMENT.format(new Date(text));
export const day = (text) => DAY.format(new Date(text));
export const number = (value) => NUMBER.format(value);
export const plural = (count, one, many = `${one}s`) => `${number(count)} ${count === 1 ? one : many}`;

export function bytes(size) {
  const power = Math.min(Math.floor(Math.log10(Math.max(size, 1)) / 3), 3);
  const value = size / 1000 ** power;
  return `${power && value < 10 ? value.toFixed(1) : Math.round(value)} ${BYTES[power]}`;
}

export function duration(seconds) {
  if (seconds < 60) return `${Math.max(1, Math.round(seconds))} s`;
  return seconds < 3600 ? `${Math.round(seconds / 60)} min` : `${(seconds / 3600).toFixed(1)} h`;
}

/** "just now", "5 min ago", then the moment itself. */
export function ago(text) {
  const seconds = (Date.now() - new Date(text)) / 1000;
  if (seconds < 45) return "just now";
  return seconds < 5400 ? `${duration(seconds)} ago` : moment(text);
}

/** spa_therapist → Spa therapist; a kind that no template tells a label of. */
export function humanise(name) {
  const words = name.replaceAll("_", " ");
  return words[0].toUpperCase() + words.slice(1);
}
