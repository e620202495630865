import { connections } from './contender.ts';
import type { TableRow } from './results.ts';

const width = 1040;
const rowHeight = 34;
const top = 84;
const barLeft = 330;
const barWidth = 480;

const colours = {
  sealpost: { stroke: '#0f766e', fill: '#ccfbf1' },
  bare: { stroke: '#64748b', fill: '#f1f5f9' },
  peer: { stroke: '#b45309', fill: '#fef3c7' },
} as const;

/** The table's requests a second as bars: docs/performance.svg. */
export function chart(rows: readonly TableRow[]): string {
  const most = Math.max(...rows.map(({ requestsPerSecond }) => requestsPerSecond));
  const height = top + rows.length * rowHeight + 26;
  const bars = rows.map((row, index) => bar(row, top + index * rowHeight, most));
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="system-ui, sans-serif" font-size="14">
  <title>Requests a second: ${rows.map((row) => `${escapeXml(row.name)} ${thousands(row.requestsPerSecond)}`).join(', ')}</title>
  <rect width="${width}" height="${height}" fill="#ffffff"/>
  <text x="24" y="36" font-weight="600" font-size="15" fill="#0f172a">Requests a second, ${connections} connections</text>
  <text x="24" y="58" font-size="13" fill="#475569">Each server on one core, unless it says otherwise.</text>
${bars.join('\n')}
</svg>
`;
}

function bar(row: TableRow, y: number, most: number): string {
  const length = Math.max(2, Math.round((row.requestsPerSecond / most) * barWidth));
  const { stroke, fill } = colours[kindOf(row.name)];
  const readings = thousands(row.requestsPerSecond * row.readingsPerRequest);
  const note = row.readingsPerRequest > 1 ? `${readings} readings/s` : row.note;
  return `  <text x="${barLeft - 14}" y="${y + 16}" text-anchor="end" fill="#0f172a">${escapeXml(row.name)}</text>
  <rect x="${barLeft}" y="${y}" width="${length}" height="22" rx="4" fill="${fill}" stroke="${stroke}" stroke-width="1.5"/>
  <text x="${barLeft + length + 10}" y="${y + 16}" fill="${stroke}" font-weight="600">${thousands(row.requestsPerSecond)}<tspan font-weight="400" dx="8">${escapeXml(note)}</tspan></text>`;
}

function kindOf(name: string): keyof typeof colours {
  if (name.startsWith('sealpost')) return 'sealpost';
  return name.startsWith('bare') ? 'bare' : 'peer';
}

/** Three digits that count: a chart is no place for more. */
function thousands(value: number): string {
  return Number(value.toPrecision(3)).toLocaleString('en-US');
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}
