import { second } from './time.ts';

/** Calls back each second while the tab is looked at. Call what it gives to end that. */
export function eachSecond(tick: () => void): () => void {
  const timer = setInterval(() => {
    if (!document.hidden) tick();
  }, second);
  return () => clearInterval(timer);
}

/** Gives a function that has `draw` run once before the next paint, however often it is called until then. */
export function beforePaint(draw: () => void): () => void {
  let isDue = false;
  return () => {
    if (isDue) return;
    isDue = true;
    requestAnimationFrame(() => {
      isDue = false;
      draw();
    });
  };
}
