// Keep the newest in sight, until somebody scrolls up.

const NEAR = 60; // pixels from the end that still count as the end

// `box` scrolls; `content` is what grows in it, if that is an element of its own. `changed` is told whether it follows.
export function following(box, { content, changed = () => {} } = {}) {
  let follows = true;
  let top = 0;

  function toEnd() {
    follows = true;
    box.scrollTop = box.scrollHeight;
    top = box.scrollTop;
  }

  function settle() {
    if (follows) toEnd();
  }

  // Content that grows moves the end away as well: only who goes up wants to stay where they are.
  box.addEventListener("scroll", () => {
    if (box.scrollHeight - box.scrollTop - box.clientHeight < NEAR) follows = true;
    else if (box.scrollTop < top) follows = false;
    top = box.scrollTop;
    changed(follows);
  });
  const sizes = new ResizeObserver(settle);
  sizes.observe(box);
  if (content) sizes.observe(content);
  return { settle, toEnd };
}
