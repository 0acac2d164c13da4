import assert from "node:assert/strict";
import test from "node:test";
import { keyText } from "../../../../dashboard/static/vt/keys.js";
import { Parser } from "../../../../dashboard/static/vt/parser.js";
import { Screen } from "../../../../dashboard/static/vt/screen.js";
import { PLAIN, css, sgr } from "../../../../dashboard/static/vt/style.js";

/** A screen that was written to; `text` without the empty rows below. */
function written(text, columns = 20, rows = 5) {
  const answers = [];
  const screen = new Screen(columns, rows, (answer) => answers.push(answer));
  new Parser(screen).write(new TextEncoder().encode(text));
  return { screen, answers, text: screen.text().join("\n").trimEnd() };
}

test("text wraps, scrolls, and what scrolls out is kept", () => {
  assert.equal(written("abcdefghij", 5).text, "abcde\nfghij");
  const { screen, text } = written("1\r\n2\r\n3\r\n4", 5, 3);
  assert.equal(text, "2\n3\n4");
  assert.equal(screen.history.map((line) => line[0][0]).join(), "1");
});

test("a full line does not wrap before there is more", () => {
  const { screen } = written("abcde", 5);
  assert.deepEqual([screen.x, screen.y], [4, 0]);
  assert.equal(written("abcde\r\nf", 5).text, "abcde\nf");
});

test("the cursor goes where it is sent", () => {
  assert.equal(written("\u001b[2;3Hx\u001b[Ay\u001b[1Gz").text, "z  y\n  x");
  assert.equal(written("ab\bX").text, "aX");
  assert.equal(written("a\tb").text, "a       b");
  assert.equal(written("\u001b[99;99Hx", 5, 3).text, "\n\n    x");
});

test("what is erased is gone", () => {
  assert.equal(written("abcdef\u001b[3D\u001b[K").text, "abc");
  assert.equal(written("abcdef\u001b[3D\u001b[1K").text, "    ef");
  assert.equal(written("a\r\nb\u001b[2J").text, "");
  assert.equal(written("abcdef\u001b[1G\u001b[2P").text, "cdef");
  assert.equal(written("abc\u001b[1G\u001b[2@").text, "  abc");
  assert.equal(written("abcdef\u001b[1G\u001b[2X").text, "  cdef");
});

test("only the region scrolls", () => {
  const start = "1\r\n2\r\n3\r\n4\r\n5";
  assert.equal(written(`${start}\u001b[2;4r\u001b[4;1H\n`, 5, 5).text, "1\n3\n4\n\n5");
  assert.equal(written(`${start}\u001b[2;4r\u001b[2;1H\u001bM`, 5, 5).text, "1\n\n2\n3\n5");
  assert.equal(written(`${start}\u001b[2;1H\u001b[2M`, 5, 5).text, "1\n4\n5");
  assert.equal(written(`${start}\u001b[2;1H\u001b[L`, 5, 5).text, "1\n\n2\n3\n4");
});

test("a program that fills the screen gives it back", () => {
  const { screen, text } = written("$ vi\u001b[?1049h\u001b[Hfull\u001b[?1049l!");
  assert.equal(text, "$ vi!");
  assert.equal(screen.other, null);
});

test("questions are answered", () => {
  assert.deepEqual(written("\u001b[2;3H\u001b[6n\u001b[c\u001b[5n").answers, ["\u001b[2;3R", "\u001b[?6c", "\u001b[0n"]);
});

test("titles, charsets and unknown sequences print nothing", () => {
  const { screen, text } = written("\u001b]0;hello\u0007a\u001b(Bb\u001b]2;x\u001b\\c\u001b[?12$pd\u001bPq junk\u001b\\e\u001b[>4;2mf");
  assert.equal(text, "abcdef");
  assert.equal(screen.heading, "x");
});

test("letters in pieces, wide ones and marks", () => {
  const screen = new Screen(10, 2);
  const parser = new Parser(screen);
  for (const byte of new TextEncoder().encode("é漢e\u0301x")) parser.write(Uint8Array.of(byte));
  assert.equal(screen.text()[0], "é漢e\u0301x");
  assert.equal(screen.x, 5);
});

test("looks", () => {
  const { screen } = written("\u001b[1;31mr\u001b[38;5;208;48;2;1;2;3mo\u001b[0mp\u001b[97mw");
  const looks = screen.lines[0].slice(0, 4).map(([, style]) => [style.bold, style.fg, style.bg]);
  assert.deepEqual(looks, [[true, "1", ""], [true, "208", "#010203"], [false, "", ""], [false, "15", ""]]);
  assert.equal(sgr({ ...PLAIN, bold: true }, [0]), PLAIN);
  assert.deepEqual(["1", "208", "244", "#010203"].map(css), ["var(--vt-1)", "#ff8700", "#808080", "#010203"]);
});

test("another size keeps what is shown", () => {
  const { screen } = written("1\r\n2\r\n3\r\n4\r\n5", 5, 5);
  screen.resize(3, 3);
  assert.deepEqual(screen.text(), ["3", "4", "5"]);
  assert.equal(screen.y, 2);
  screen.resize(8, 4);
  assert.deepEqual(screen.text(), ["3", "4", "5", ""]);
});

test("a flood of odd bytes does no harm", () => {
  const screen = new Screen(10, 4);
  const parser = new Parser(screen);
  let seed = 1;
  const bytes = Uint8Array.from({ length: 20000 }, () => ((seed = (seed * 48271) % 2147483647), [27, 91, 59, 63, 72, 74, 109, 104, 114, 10][seed % 17] ?? seed % 256));
  parser.write(bytes);
  assert.equal(screen.lines.length, 4);
  assert.ok(screen.lines.every((line) => line.length === 10));
});

test("keys send what terminals send", () => {
  const key = (name, more = {}, application = false) => keyText({ key: name, ctrlKey: false, altKey: false, shiftKey: false, metaKey: false, ...more }, application);
  assert.equal(key("a"), "a");
  assert.equal(key("ß"), "ß");
  assert.equal(key("Enter"), "\r");
  assert.equal(key("Backspace"), "\u007f");
  assert.equal(key("c", { ctrlKey: true }), "\u0003");
  assert.equal(key(" ", { ctrlKey: true }), "\u0000");
  assert.equal(key("b", { altKey: true }), "\u001bb");
  assert.equal(key("ArrowUp"), "\u001b[A");
  assert.equal(key("ArrowUp", {}, true), "\u001bOA");
  assert.equal(key("ArrowLeft", { ctrlKey: true }), "\u001b[1;5D");
  assert.equal(key("Tab", { shiftKey: true }), "\u001b[Z");
  assert.equal(key("Delete"), "\u001b[3~");
  assert.equal(key("F5"), "\u001b[15~");
  assert.equal(key("Shift"), "");
  assert.equal(key("v", { metaKey: true }), "");
});
