// The core on a bare 32-bit target: built for RV32IMC (an ESP32-C3's instruction set) with the parts of mbedtls and
// nanopb that it uses, run under QEMU, and held to its budgets. `node bin/rv32.mjs`, or as a part of `npm test`.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bootstrap, ensureDebianPackages, root, toolEnvironment } from './bootstrap.mjs';
import { ensureDebianParts } from './debian-parts.mjs';
import { Tally } from './tally.mjs';

const kilo = 1024;
/** What the target may cost. `of` finds a figure in what was measured. */
const budgets = [
  { what: '.text and constants: core, nanopb, mbedtls', unit: 'bytes', most: 60 * kilo, of: ({ flash }) => flash.own },
  { what: '.text and constants: console, vectors', unit: 'bytes', most: 20 * kilo, of: ({ flash }) => flash.console },
  {
    what: 'static RAM: the same, a device, less its request',
    unit: 'bytes',
    most: 8 * kilo,
    of: ({ ram, run }) => ram.own - run['ram.device.request'],
  },
  { what: 'static RAM with the request: 64 readings', unit: 'bytes', most: 11 * kilo, of: ({ ram }) => ram.own },
  { what: 'heap while shaking hands', unit: 'bytes', most: 4 * kilo, of: ({ run }) => run['heap.handshake'] },
  { what: 'heap that a session keeps', unit: 'bytes', most: 2 * kilo, of: ({ run }) => run['heap.session'] },
  { what: 'stack: handshake', unit: 'bytes', most: 6 * kilo, of: ({ run }) => run['stack.handshake'] },
  { what: 'stack: sample', unit: 'bytes', most: 6 * kilo, of: ({ run }) => run['stack.sample'] },
  { what: 'stack: upload', unit: 'bytes', most: 6 * kilo, of: ({ run }) => run['stack.upload'] },
  { what: 'stack: clock report', unit: 'bytes', most: 6 * kilo, of: ({ run }) => run['stack.clock_report'] },
  { what: 'handshake', unit: 'instructions', most: 36e6, of: ({ run }) => run['instructions.handshake'] },
  { what: 'a sample into flash', unit: 'instructions', most: 50e3, of: ({ run }) => run['instructions.sample'] },
  { what: 'an upload of one reading', unit: 'instructions', most: 150e3, of: ({ run }) => run['instructions.upload'] },
  { what: 'its receipt', unit: 'instructions', most: 150e3, of: ({ run }) => run['instructions.receipt'] },
];

const directory = 'firmware/build/rv32';
const program = join(directory, 'build/sealpost-rv32');
const parts = join(root, directory, 'parts');
/** The fuzzers build nanopb from its source, too. */
export const sources = join(root, 'firmware/build/sources');

export const rv32Packages = ['cmake', 'ninja-build', 'clang-19', 'lld-19', 'qemu-system-misc', 'dpkg-dev'];

export function ensureRv32Parts() {
  ensureDebianParts(parts, {
    files: {
      'picolibc-riscv64-unknown-elf': ['*/include/*', '*/lib/rv32imac/*'],
      'gcc-riscv64-unknown-elf': ['*/rv32imac/ilp32/libgcc.a'],
      'libc++-19-dev': ['*/include/c++/v1/*'],
    },
  });
  ensureSources();
}

export function ensureSources() {
  ensureDebianParts(sources, { sources: ['mbedtls', 'nanopb'] });
}

/** Builds it, runs it, prints a table of what it costs; each budget that is exceeded is a failure. */
export function testRv32(tally) {
  writeExchange(join(root, directory, 'generated'));
  const settings = {
    CMAKE_TOOLCHAIN_FILE: join(root, 'firmware/test/rv32/toolchain.cmake'),
    CMAKE_BUILD_TYPE: 'None',
    SEALPOST_PARTS: parts,
    SEALPOST_SOURCES: sources,
    SEALPOST_GENERATED: join(root, directory, 'generated'),
  };
  const build = join(directory, 'build');
  const definitions = Object.entries(settings).map(([name, value]) => `-D${name}=${value}`);
  const configure = ['cmake', '--log-level=NOTICE', '-S', 'firmware/test/rv32', '-B', build, '-G', 'Ninja'];
  if (!tally.check([...configure, ...definitions])) return;
  if (!tally.check(['cmake', '--build', build, '--', '--quiet'])) return;

  // An ESP32-C3 has no atomic instructions and no floating point either.
  const machine = ['-M', 'virt', '-cpu', 'rv32,a=false,f=false,d=false', '-icount', 'shift=0', '-bios', 'none'];
  const console = ['-nographic', '-semihosting-config', 'enable=on'];
  const ran = tally.runQuietly(['timeout', '60', 'qemu-system-riscv32', ...machine, ...console, '-kernel', program]);
  const run = {};
  for (const line of ran.output.split(/\r?\n/)) {
    const measured = /^([a-z][a-z0-9_.]*) (\d+)$/.exec(line);
    if (measured) run[measured[1]] = Number(measured[2]);
    else if (line !== '') process.stdout.write(`${line}\n`);
  }
  tally.add({ passed: run['vectors.passed'] ?? 0, failed: run['vectors.failed'] ?? 0 });
  tally.add({ [ran.ok ? 'passed' : 'failed']: 1 });
  report(tally, { run, ...sizes(readFileSync(join(root, build, 'sealpost-rv32.map'), 'utf8'), run) });
}

/** Section 11 of the protocol's document as C++, every value that is hex. */
function writeExchange(into) {
  const document = readFileSync(join(root, 'docs/protocol-v1.md'), 'utf8');
  const lines = ['#pragma once', '#include <array>', '#include <cstdint>', 'namespace sealpost::rv32::exchange {'];
  for (const [, label, value] of document.matchAll(/^([A-Za-z].*):\n((?: {2}[0-9a-f]+\n)+)/gm)) {
    const bytes = value.match(/[0-9a-f]{2}/g).map((byte) => `0x${byte}`);
    const name = label.replace(/([a-z])([A-Z])/g, '$1_$2').replace(/[^A-Za-z0-9]+/g, '_');
    lines.push(`inline constexpr std::array<std::uint8_t, ${bytes.length}> ${name.toLowerCase()}{${bytes}};`);
  }
  mkdirSync(into, { recursive: true });
  writeFileSync(join(into, 'exchange.hpp'), [...lines, '}', ''].join('\n'));
}

/** Adds up lld's map by who brought a section. */
function sizes(map, run) {
  const zero = () => ({ core: 0, nanopb: 0, mbedtls: 0, console: 0, libc: 0, harness: 0 });
  const flash = zero();
  const ram = zero();
  for (const line of map.split('\n')) {
    const section = /^ *[0-9a-f]+ +[0-9a-f]+ +([0-9a-f]+) +\d+ {9}(\S.*):\((\.[^)]*)\)$/.exec(line);
    if (!section) continue;
    const size = Number.parseInt(section[1], 16);
    const owner = ownerOf(section[2]);
    if (/^\.s?(text|rodata|init|srodata)\b/.test(section[3])) flash[owner] += size;
    else if (/^\.s?(data|bss)\b/.test(section[3])) ram[owner] += size;
  }
  for (const by of [flash, ram]) by.own = by.core + by.nanopb + by.mbedtls;
  ram.own += run['ram.device'];
  return { flash, ram };
}

function ownerOf(file) {
  // The board's own heap takes its place.
  if (file.includes('memory_buffer_alloc')) return 'libc';
  const library = /\blib(core|nanopb|mbedtls|console)\.a\(/.exec(file);
  if (library) return library[1];
  return /\.a\(|crt0/.test(file) ? 'libc' : 'harness';
}

function report(tally, measured) {
  const number = (value) => (Number.isFinite(value) ? value.toLocaleString('en') : 'not measured').padStart(12);
  const rows = budgets.map(({ what, unit, most, of }) => {
    const value = of(measured);
    const ok = value <= most;
    tally.add({ [ok ? 'passed' : 'failed']: 1 });
    return `${what.padEnd(50)}${number(value)}${number(most)}  ${unit}${ok ? '' : '  OVER BUDGET'}\n`;
  });
  process.stdout.write(`\n${''.padEnd(50)}${'measured'.padStart(12)}${'at most'.padStart(12)}\n${rows.join('')}\n`);
  const columns = Object.keys(measured.flash).filter((name) => name !== 'own');
  process.stdout.write(`${'bytes'.padEnd(34)}${columns.map((name) => name.padStart(12)).join('')}\n`);
  for (const [name, by] of [
    ['.text and constants', measured.flash],
    ['.data and .bss', measured.ram],
  ]) {
    process.stdout.write(`${name.padEnd(34)}${columns.map((column) => number(by[column])).join('')}\n`);
  }
  process.stdout.write('\n');
  for (const [name, value] of Object.entries(measured.run))
    process.stdout.write(`${name.padEnd(50)}${number(value)}\n`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  bootstrap(() => {
    ensureDebianPackages(rv32Packages);
    ensureRv32Parts();
  });
  const tally = new Tally({ cwd: root, env: toolEnvironment() });
  testRv32(tally);
  process.stdout.write(`\n${tally}\n`);
  process.exitCode = tally.failed === 0 ? 0 : 1;
}
