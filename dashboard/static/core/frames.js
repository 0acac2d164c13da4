// Work that shows something is done once a frame, however often it is asked for.

/**
 * A function that has `work` done in the next frame. Work that takes long is done less often, so that most of the time
 * is left for the person. A page in the background is drawn when it is looked at again.
 */
export function eachFrame(work) {
  let waiting = false;
  let rest = 0;
  const run = () => {
    waiting = false;
    const began = performance.now();
    work();
    const took = performance.now() - began;
    rest = took > 6 ? took * 4 : 0;
  };
  return () => {
    if (waiting) return;
    waiting = true;
    if (rest) setTimeout(() => requestAnimationFrame(run), rest);
    else requestAnimationFrame(run);
  };
}
