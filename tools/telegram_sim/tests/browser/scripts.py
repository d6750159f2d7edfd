"""What the tests measure inside the page."""

CONTRASTS = """
const parsed = (text) => {
  const found = /^rgba?\\(([\\d.]+), ([\\d.]+), ([\\d.]+)(?:, ([\\d.]+))?\\)$/.exec(text);
  if (!found) throw new Error(`a colour that this test cannot read: ${text}`);
  return [1, 2, 3, 4].map((n) => (found[n] === undefined ? 1 : Number(found[n])));
};
const linear = (c) => (c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4);
const luminance = ([r, g, b]) => 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
const ratio = (a, b) => {
  const [high, low] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return (high + 0.05) / (low + 0.05);
};
const grounds = (element) => {
  for (let node = element; node; node = node.parentElement) {
    const style = getComputedStyle(node);
    if (style.backgroundImage.includes('gradient')) return style.backgroundImage.match(/rgba?\\([^)]+\\)/g).map(parsed);
    const colour = parsed(style.backgroundColor);
    if (colour[3] === 1) return [colour];
    if (colour[3] !== 0) throw new Error(`a ground that is half transparent: ${node.className}`);
  }
  return [[255, 255, 255, 1]];
};
const found = [];
const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
while (walker.nextNode()) {
  const element = walker.currentNode.parentElement;
  const words = walker.currentNode.data.trim();
  if (!words || !element.checkVisibility({ visibilityProperty: true })) continue;
  if (element.closest('.unseen, .spoiler, option')) continue;
  const ink = parsed(getComputedStyle(element).color);
  const least = Math.min(...grounds(element).map((ground) => ratio(ink, ground)));
  found.push([words.slice(0, 40), Math.round(least * 100) / 100]);
}
return found;
"""

OVERFLOWING = """
const wide = document.documentElement.clientWidth;
const scrolls = (node) => node && node !== document.body
  && (/auto|scroll/.test(getComputedStyle(node).overflowX) || getComputedStyle(node).textOverflow === 'ellipsis'
    || node.matches('.unseen, .veil') || scrolls(node.parentElement));
const over = [...document.body.querySelectorAll('*')].filter((node) => {
  const box = node.getBoundingClientRect();
  const shown = box.width > 1 && node.checkVisibility({ visibilityProperty: true });
  return shown && (box.right > wide + 1 || box.left < -1) && !scrolls(node.parentElement) && !node.matches('.skip');
});
const names = over.map((node) => `${node.localName}.${node.className}`);
return document.documentElement.scrollWidth > wide ? ['the page', ...names] : names;
"""

FOCUS = """
const element = document.activeElement;
const style = getComputedStyle(element);
const box = element.getBoundingClientRect();
const area = ['.top', '.tabs', '.chat', '#faults', '#log', 'dialog'].find((css) => element.closest(css)) ?? '';
return {
  what: element.id || element.getAttribute('aria-label') || element.textContent.trim() || element.localName,
  area, body: element === document.body, outline: style.outlineStyle === 'none' ? 0 : parseFloat(style.outlineWidth),
  inside: box.right > 0 && box.bottom > 0 && box.left < innerWidth && box.top < innerHeight,
};
"""

TARGETS = """
const pressed = document.querySelectorAll('button, a, summary, select, input, label.chip, label.row');
return [...pressed]
  .filter((node) => node.checkVisibility({ visibilityProperty: true }) && !node.closest('.words'))
  .filter((node) => !node.matches('.skip, label input')) // its label can be pressed
  .map((node) => [node.id || node.textContent.trim() || node.className, node.offsetWidth, node.offsetHeight]);
"""
