import type uPlot from 'uplot';
import type { BucketWindow } from './buckets.ts';
import { clockTime, clockTimeWithSeconds, day, dayText, minute } from './time.ts';

/** When a bucket begins, as exactly as it is wide. */
export function bucketTime(window: BucketWindow, bucket: number): string {
  const start = bucket * window.width;
  const time = window.width < minute ? clockTimeWithSeconds(start) : clockTime(start);
  return window.width * window.size <= day ? time : `${dayText(start)}, ${time}`;
}

/** A range with a little air, and never so small that the last digit's noise fills it. */
export function valueRange(min: number | null, max: number | null, digits: number): [number, number] {
  if (min === null || max === null || !Number.isFinite(min) || !Number.isFinite(max)) return [0, 1];
  const least = 20 * 10 ** -digits;
  const air = Math.max((max - min) * 0.12, (least - (max - min)) / 2);
  return [min - air, max + air];
}

/** Where the pointer is between values that come more slowly than the buckets, the nearest one counts; in a gap none. */
export function nearestValue(column: ArrayLike<number | null | undefined> | undefined, index: number): number | null {
  if (column === undefined || column[index] !== undefined) return index;
  for (let distance = 1; distance < 60; distance += 1) {
    if (column[index - distance] != null) return index - distance;
    if (column[index + distance] != null) return index + distance;
  }
  return index;
}

/** Values with gaps on both sides: a line would not show them. */
export function isolatedValues(plot: uPlot, series: number): number[] | null {
  const column = plot.data[series] ?? [];
  const isGap = (index: number) => index < 0 || index >= column.length || column[index] === null;
  const isolated: number[] = [];
  for (let index = 0; index < column.length; index += 1) {
    if (column[index] != null && isGap(index - 1) && isGap(index + 1)) isolated.push(index);
  }
  return isolated.length > 0 ? isolated : null;
}

/** Times of the day with the day under the first of each, or days where they are that far apart. */
export function timeLabels(_plot: uPlot, splits: number[], _axis: number, _space: number, increment: number): string[] {
  let shownDay = '';
  return splits.map((split) => {
    const time = split * 1000;
    if (increment >= 86_400) return dayText(time);
    const itsDay = dayText(time);
    const label = increment < 60 ? clockTimeWithSeconds(time) : clockTime(time);
    const isNewDay = shownDay === '' ? label.startsWith('00:00') : itsDay !== shownDay;
    shownDay = itsDay;
    return isNewDay ? `${label}\n${itsDay}` : label;
  });
}

/** Without the separators of thousands and the rounding errors that uPlot's splits have. */
export function valueLabels(_plot: uPlot, splits: number[]): string[] {
  return splits.map((split) => String(Number(split.toFixed(6))).replace('-', '−'));
}

/** CSS pixels for labels of 12 px. */
export function axisWidth(values: readonly string[] | null): number {
  const longest = Math.max(2, ...(values ?? []).map((value) => value.length));
  return 14 + 7 * longest;
}
