/**
 * `npm run bench`: our calls, the bare servers under them, and what people would pick instead, all in one run. Absolute
 * figures say something about one machine on one day; the ratios are what to compare. docs/performance.md has the method.
 */
import { cpus, loadavg, release, totalmem } from 'node:os';
import { Command, Option } from 'commander';
import { wholeNumber } from '../server/src/cli/options.ts';
import { BenchRun } from './bench-run.ts';
import { curveNames, measureCurves } from './curves/all.ts';
import { readResults, writeResults } from './document.ts';
import { peerContenders } from './peers/all.ts';
import { installPeers } from './peers/install.ts';
import { curveTables, goalsTable, keepsTable, machineSentence, mainTable, toText } from './report.ts';
import type { Machine, Results, TableRow } from './results.ts';
import { bareContenders, sealpostContenders } from './sealpost-contenders.ts';
import { measureTable } from './table.ts';

interface BenchOptions {
  readonly installPeers?: true;
  readonly curves?: true | string;
  readonly all?: true;
  readonly write?: true;
  readonly peers: boolean;
  readonly rounds: number;
  readonly uploads: number;
  readonly seconds: number;
  readonly divide: number;
  readonly cpuProf?: string;
}

const number = (flags: string, description: string, fallback: number) =>
  new Option(`${flags} <number>`, description).default(fallback).argParser(wholeNumber(1, 1_000_000));

const command = new Command('npm run bench --')
  .description('Measures sealpost against bare servers and against what people would pick instead.')
  .option('--install-peers', "get the peers from Debian's archive into a folder of the bench first; installs nothing")
  .option('--curves [names]', `the curves instead of the table: all, or some of ${curveNames.join(',')}`)
  .option('--all', 'the table and the curves')
  .option('--write', 'keep the results in bench/results.json and put them into docs/performance.md')
  .option('--no-peers', 'only our own servers')
  .addOption(number('--rounds', 'rounds that count, after one that warms up', 5))
  .addOption(number('--uploads', 'uploads of one reading in a round, at most', 60_000))
  .addOption(number('--seconds', 'of each turn in a round, at most', 2))
  .addOption(number('--divide', "make the curves' large sizes smaller by so much, for a trial", 1))
  .option('--cpu-prof <directory>', 'leave a CPU profile of the server there')
  .parse();
const options = command.opts<BenchOptions>();
const names: readonly string[] = typeof options.curves === 'string' ? options.curves.split(',') : curveNames;
for (const name of names) {
  if (!curveNames.some((known) => known === name)) command.error(`no such curve: ${name}. There are ${curveNames}.`);
}

function machine(run: BenchRun): Machine {
  return {
    date: new Date().toISOString().slice(0, 10),
    processor: cpus()[0]?.model.trim() ?? 'unknown',
    cores: cpus().length,
    memoryBytes: totalmem(),
    // What a distribution adds says nothing.
    kernel: release().replace(/-.*/, ''),
    node: process.versions.node,
    loadBefore: loadavg()[0] ?? 0,
    pinned: run.cores !== null,
  };
}

async function measureWholeTable(run: BenchRun): Promise<TableRow[]> {
  const { uploads, rounds, seconds, cpuProf } = options;
  const cores = run.serverCore;
  const directory = run.directory('sealpost');
  const ours = await sealpostContenders({ cores, directory, uploads, profileDirectory: cpuProf });
  const bare = await bareContenders({ cores, uploads }, ours.upload);
  const peers = options.peers
    ? await peerContenders(run.cores, run.directory('peers'), uploads)
    : { contenders: [], missing: [] };
  for (const name of peers.missing) run.progress(`${name}: not here; --install-peers gets it`);
  const contenders = [...bare, ...ours.contenders, ...peers.contenders];
  try {
    return await measureTable(contenders, { count: rounds, secondsPerTurn: seconds, progress: run.progress });
  } finally {
    for (const process of new Set(contenders.map(({ process }) => process))) await process.stop();
  }
}

if (options.installPeers) installPeers();
const run = new BenchRun();
const withCurves = options.all || options.curves !== undefined;
const withTable = options.all || !withCurves;
const results: Results = {
  machine: machine(run),
  ...(withTable && { table: await measureWholeTable(run) }),
  ...(withCurves && { curves: await measureCurves(run, names, options.divide) }),
};
const tables = [
  ...(results.table ? [mainTable(results.table), keepsTable(results.table)] : []),
  ...curveTables(results.curves ?? {}),
  goalsTable(results),
];
process.stdout.write(`${machineSentence(results.machine)}\n\n${tables.map(toText).join('\n')}`);
if (options.write) {
  const earlier = readResults();
  writeResults({ ...earlier, ...results, curves: { ...earlier?.curves, ...results.curves } });
}
