// exec's channels inside a WebSocket (v5.channel.k8s.io): the first byte of a message names its channel.

const STDIN = 0, STDOUT = 1, STDERR = 2, ERROR = 3, RESIZE = 4;

/** A running command: `onOutput(bytes)`, `onEnd(sentence)`; returns {send(text), resize(columns, rows), close()}. */
export function execute(path, { onOpen = () => {}, onOutput, onEnd }) {
  const url = new URL(`k8s${path}`, document.baseURI).href.replace(/^http/, "ws");
  const socket = new WebSocket(url, "v5.channel.k8s.io");
  socket.binaryType = "arraybuffer";
  const encoder = new TextEncoder();
  let ended = "";
  const message = (channel, bytes) => {
    if (socket.readyState !== WebSocket.OPEN) return;
    const framed = new Uint8Array(bytes.length + 1);
    framed[0] = channel;
    framed.set(bytes, 1);
    socket.send(framed);
  };
  socket.onopen = onOpen;
  socket.onmessage = ({ data }) => {
    const bytes = new Uint8Array(data);
    if (bytes[0] === STDOUT || bytes[0] === STDERR) onOutput(bytes.subarray(1));
    else if (bytes[0] === ERROR) ended = endOf(new TextDecoder().decode(bytes.subarray(1)));
  };
  socket.onclose = () => onEnd(ended || "the connection was closed");
  return {
    send: (text) => message(STDIN, encoder.encode(text)),
    resize: (columns, rows) => message(RESIZE, encoder.encode(JSON.stringify({ Width: columns, Height: rows }))),
    close: () => socket.close(),
  };
}

/** What the Status at the end says. */
export function endOf(text) {
  try {
    const status = JSON.parse(text);
    if (status.status === "Success") return "the command has ended";
    const code = status.details?.causes?.find((cause) => cause.reason === "ExitCode")?.message;
    return code ? `the command has ended with exit code ${code}` : status.message || text;
  } catch {
    return text;
  }
}
