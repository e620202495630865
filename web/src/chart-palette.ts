/** The colours of a chart, which is drawn and not styled. */
export interface Palette {
  readonly ink: string;
  readonly grid: string;
  readonly font: string;
  readonly lines: readonly string[];
  readonly bands: readonly string[];
}

/** What the style sheet says now, for as many channels. */
export function readPalette(channels: number): Palette {
  const style = getComputedStyle(document.documentElement);
  const colour = (name: string) => style.getPropertyValue(name).trim();
  const numbers = Array.from({ length: channels }, (_, index) => index + 1);
  return {
    ink: colour('--muted'),
    grid: colour('--grid'),
    font: `12px ${colour('--font')}`,
    lines: numbers.map((number) => colour(`--series-${number}`)),
    bands: numbers.map((number) => colour(`--band-${number}`)),
  };
}
