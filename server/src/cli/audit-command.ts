import type { Command } from 'commander';
import type { AuditEntry } from '../store/access-store.ts';
import { rfc3339 } from '../time.ts';
import { dataOption, jsonOption, masterKeyFileOption, option, type StoreOptions, wholeNumber } from './options.ts';
import { printJson, printLines, printTable } from './output.ts';
import { withStore } from './with-store.ts';

interface AuditOptions extends StoreOptions {
  readonly json?: true;
  readonly limit: number;
}

/** `sealpost audit`: what was done and what was refused, the newest last. */
export function addAuditCommand(program: Command): void {
  program
    .command('audit')
    .description('Show who changed devices and tokens, and whose tokens were refused')
    .addOption(dataOption())
    .addOption(masterKeyFileOption())
    .addOption(option('--limit <number>', 'the newest so many').default(50).argParser(wholeNumber(1, 1_000_000)))
    .addOption(jsonOption())
    .action(showAudit);
}

async function showAudit(options: AuditOptions): Promise<void> {
  const newest = await withStore(options, (store) => store.access.listAudit(options.limit));
  const entries = newest.toReversed();
  if (options.json) return printJson(entries.map((entry) => ({ ...entry, at: time(entry) })));
  if (entries.length === 0) return printLines('Nothing was done yet.');
  printTable(
    ['TIME', 'WHO', 'DID', 'TO', 'OUTCOME', 'FROM'],
    entries.map((entry) => [
      time(entry) ?? 'not known',
      entry.actor ?? 'a stranger',
      entry.act,
      entry.object ?? '-',
      entry.leftOut === 0 ? entry.outcome : `${entry.outcome}, and ${entry.leftOut} before`,
      entry.remoteAddress ?? '-',
    ]),
  );
}

function time({ at }: AuditEntry): string | null {
  return at === null ? null : rfc3339(at);
}
