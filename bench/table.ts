import type { Contender } from './contender.ts';
import { connections } from './contender.ts';
import { openLines } from './line.ts';
import { closedLoop } from './load.ts';
import { medianOf } from './median.ts';
import type { TableRow } from './results.ts';

/** One contender's turn in one round. */
interface Turn {
  readonly requestsPerSecond: number;
  readonly p50Milliseconds: number;
  readonly p99Milliseconds: number;
  readonly cpuMicrosPerRequest: number;
  readonly memory: number;
  readonly bytesPerRequest: number;
  readonly generatorShare: number;
}

export interface Rounds {
  /** Those that count, after one that warms up. */
  readonly count: number;
  readonly secondsPerTurn: number;
  readonly progress: (sentence: string) => void;
}

/** All contenders in turn, round after round, so that a busy moment of the machine hits all of them alike. */
export async function measureTable(contenders: readonly Contender[], rounds: Rounds): Promise<TableRow[]> {
  const turns = contenders.map((): Turn[] => []);
  for (const { process } of contenders) process.pause();
  for (let round = 0; round <= rounds.count; round += 1) {
    for (const [index, contender] of contenders.entries()) {
      contender.process.resume();
      const turn = await takeTurn(contender, round === 0 ? rounds.secondsPerTurn / 2 : rounds.secondsPerTurn);
      contender.process.pause();
      if (round > 0) turns[index]?.push(turn);
      const figure = Math.round(turn.requestsPerSecond).toLocaleString('en-US');
      rounds.progress(`${round === 0 ? 'warm-up' : `round ${round}`}  ${contender.name}: ${figure}/s`);
    }
  }
  for (const { process } of contenders) process.resume();
  return contenders.map((contender, index) => rowOf(contender, turns[index] ?? [], turns[0] ?? []));
}

async function takeTurn(contender: Contender, seconds: number): Promise<Turn> {
  const { process, requests, greet } = contender;
  const sources = await contender.prepare();
  const lines = await openLines(contender.target, connections);
  try {
    if (greet) await Promise.all(lines.map((line, index) => line.exchange(greet(index))));
    const before = process.usage();
    const load = await closedLoop(lines, sources, { requests, seconds });
    const after = await process.settledUsage();
    return {
      ...load,
      cpuMicrosPerRequest: (after.cpuMicros - before.cpuMicros) / load.requests,
      memory: after.memory,
      bytesPerRequest: load.bytesOnWire / load.requests,
    };
  } finally {
    for (const line of lines) line.close();
  }
}

/** `baseline`: the turns that ratios are to, round by round. */
function rowOf(contender: Contender, turns: readonly Turn[], baseline: readonly Turn[]): TableRow {
  const { name, keeps, note = '', readingsPerRequest, firstContactBytes } = contender;
  const median = (figure: (turn: Turn) => number) => medianOf(turns.map(figure));
  return {
    name,
    keeps,
    note,
    readingsPerRequest,
    requestsPerSecond: median((turn) => turn.requestsPerSecond),
    ratio: medianOf(turns.map((turn, round) => turn.requestsPerSecond / (baseline[round]?.requestsPerSecond ?? 1))),
    rounds: turns.map((turn) => turn.requestsPerSecond),
    p50Milliseconds: median((turn) => turn.p50Milliseconds),
    p99Milliseconds: median((turn) => turn.p99Milliseconds),
    cpuMicrosPerRequest: median((turn) => turn.cpuMicrosPerRequest),
    memory: median((turn) => turn.memory),
    bytesPerReading: readingsPerRequest === 0 ? null : median((turn) => turn.bytesPerRequest) / readingsPerRequest,
    firstContactBytes,
    generatorShare: median((turn) => turn.generatorShare),
  };
}
