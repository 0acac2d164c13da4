// Loads the page's files until all of them are there.
//
// On a machine that runs containers network interfaces come and go, and a browser drops what it is loading when they do.
// What has been loaded is kept, so each new try has less to load.

const TRIES = "tries";
const MOST = 20;

function again(reason) {
  const tries = Number(sessionStorage.getItem(TRIES) ?? 0) + 1;
  sessionStorage.setItem(TRIES, tries);
  if (tries <= MOST) setTimeout(() => location.reload(), 100 * tries);
  else document.body.append(`The page cannot be loaded: ${reason}. Reload it to try again.`);
}

function whole() {
  return [...document.querySelectorAll("link[rel=stylesheet]")].every((link) => link.sheet);
}

try {
  await import("./main.js");
  if (document.readyState !== "complete") await new Promise((resolve) => addEventListener("load", resolve));
  if (whole()) sessionStorage.removeItem(TRIES);
  else again("its styles are missing");
} catch (failure) {
  again(failure.message);
}
