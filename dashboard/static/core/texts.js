// Values as people read them.

/** Time since an instant, as kubectl tells it: 45s, 3m20s, 5h, 3d4h, 2y. `now` in milliseconds. */
export function age(since, now = Date.now()) {
  const seconds = Math.floor((now - Date.parse(since)) / 1000);
  if (Number.isNaN(seconds)) return "";
  if (seconds < 0) return "0s";
  if (seconds < 120) return `${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 10) return both(minutes, "m", seconds % 60, "s");
  if (minutes < 180) return `${minutes}m`;
  const hours = Math.floor(minutes / 60);
  if (hours < 8) return both(hours, "h", minutes % 60, "m");
  if (hours < 48) return `${hours}h`;
  const days = Math.floor(hours / 24);
  if (days < 8) return both(days, "d", hours % 24, "h");
  if (days < 730) return `${days}d`;
  return both(Math.floor(days / 365), "y", days % 365, "d");
}

const both = (large, unit, small, smaller) => (small ? `${large}${unit}${small}${smaller}` : `${large}${unit}`);

const UNITS = { n: 1e-9, u: 1e-6, m: 1e-3, "": 1, k: 1e3, M: 1e6, G: 1e9, T: 1e12, P: 1e15, E: 1e18 };
const BINARY = { Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30, Ti: 2 ** 40, Pi: 2 ** 50, Ei: 2 ** 60 };

/** A quantity as a number: "250m" is 0.25, "1Gi" 1073741824; NaN for what is none. */
export function quantity(text) {
  const found = /^([+-]?[0-9.]+(?:[eE][+-]?[0-9]+)?)(Ki|Mi|Gi|Ti|Pi|Ei|[numkMGTPE]?)$/.exec(String(text));
  return found ? Number(found[1]) * (BINARY[found[2]] ?? UNITS[found[2]]) : NaN;
}

/** Bytes: 1.5 GiB. */
export function bytes(count) {
  let unit = 0;
  while (count >= 1024 && unit < 5) {
    count /= 1024;
    unit++;
  }
  return `${count >= 100 || unit === 0 ? Math.round(count) : count.toFixed(1)} ${["B", "KiB", "MiB", "GiB", "TiB", "PiB"][unit]}`;
}

/** Cores: 250m, 1.5. */
export function cores(count) {
  return count < 1 ? `${Math.round(count * 1000)}m` : String(Math.round(count * 100) / 100);
}

/** `one Pod`, `3 Pods`. */
export function plural(count, word) {
  return `${count.toLocaleString("en")} ${word}${count === 1 ? "" : "s"}`;
}

/** Base64 of UTF-8 as text; null when it is not text. */
export function decoded(base64) {
  try {
    const raw = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
    return new TextDecoder("utf-8", { fatal: true }).decode(raw);
  } catch {
    return null;
  }
}

/** When an object was written last, as far as its metadata tells. An event is written anew when it is seen again. */
export function written(metadata) {
  return (metadata.managedFields ?? []).map((entry) => entry.time).filter(Boolean).sort().at(-1) ?? metadata.creationTimestamp;
}
