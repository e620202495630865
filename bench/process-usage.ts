import { readdirSync, readFileSync } from 'node:fs';

/** What a process and its children have used so far, as Linux counts it. */
export interface Usage {
  /** User and system time, in steps of 10 ms. */
  readonly cpuMicros: number;
  /** Resident bytes now. */
  readonly memory: number;
  /** Bytes that it had written to the disk. */
  readonly diskBytes: number;
}

const microsOfTick = 10_000;

export function usageOf(pid: number): Usage {
  const sum = { cpuMicros: 0, memory: 0, diskBytes: 0 };
  for (const member of familyOf(pid)) {
    try {
      // The second field, the program's name, may hold anything but ends with the last parenthesis.
      const fields = readProc(member, 'stat').split(') ')[1]?.split(' ') ?? [];
      // utime, stime, and those of children that have ended: fields 14 to 17 of proc(5).
      sum.cpuMicros += microsOfTick * fields.slice(11, 15).reduce((ticks, field) => ticks + Number(field), 0);
      sum.memory += 1024 * numberAfter('VmRSS:', readProc(member, 'status'));
      sum.diskBytes += numberAfter('write_bytes:', readProc(member, 'io'));
    } catch (error) {
      // It ended while it was looked at.
      if (member === pid) throw error;
    }
  }
  return sum;
}

function familyOf(pid: number): number[] {
  const children = readdirSync(`/proc/${pid}/task`).flatMap((thread) =>
    readProc(pid, `task/${thread}/children`).split(' ').filter(Boolean).map(Number),
  );
  return [pid, ...children.flatMap(familyOf)];
}

function readProc(pid: number, name: string): string {
  return readFileSync(`/proc/${pid}/${name}`, 'utf8');
}

function numberAfter(label: string, text: string): number {
  return Number(new RegExp(`^${label}\\s+(\\d+)`, 'm').exec(text)?.[1] ?? 0);
}
