// Keep the newest in sight, until somebody scrolls up.

const NEAR = 60; // pixels from the end that still count as the end
const TOUCHED = 500; // ms after a wheel, a finger or a key in which a movement is theirs

// `box` scrolls; `content` is what grows in it, if that is an element of its own. `changed` is told whether it follows.
export function following(box, { content, changed = () => {} } = {}) {
  let follows = true;
  let frame = 0;
  let last = {};
  let touched = -Infinity;

  const look = () => ({ top: box.scrollTop, height: box.scrollHeight, shown: box.clientHeight });

  // Once a frame, however much comes: each look at the heights lays the page out.
  function toEnd() {
    follows = true;
    frame ||= requestAnimationFrame(() => {
      frame = 0;
      if (!follows) return;
      box.scrollTop = box.scrollHeight;
      last = look();
    });
  }

  function settle() {
    if (follows) toEnd();
  }

  // What grows or shrinks moves as well: only who goes up wants to stay where they are.
  function up(now) {
    if (now.top >= last.top) return false;
    const still = !frame && now.height === last.height && now.shown === last.shown;
    return still || performance.now() - touched < TOUCHED;
  }

  box.addEventListener("scroll", () => {
    const now = look();
    if (now.height - now.top - now.shown < NEAR) follows = true;
    else if (up(now)) follows = false;
    last = now;
    changed(follows);
  });
  for (const kind of ["wheel", "touchmove", "pointerdown", "keydown"])
    box.addEventListener(kind, () => (touched = performance.now()), { passive: true });
  const sizes = new ResizeObserver(settle);
  sizes.observe(box);
  if (content) sizes.observe(content);
  return { settle, toEnd };
}
