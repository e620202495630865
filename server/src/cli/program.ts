import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { defaultConfig, version } from '../config.ts';
import { second } from '../time.ts';
import { addAuditCommand } from './audit-command.ts';
import { addDeviceCommands } from './device-commands.ts';
import {
  dataOption,
  decimalNumber,
  deviceIdPrefix,
  hostNames,
  httpUrl,
  intervalSeconds,
  jsonOption,
  masterKeyFileOption,
  option,
  readFlagTwins,
  wholeNumber,
} from './options.ts';
import { addTokenCommands } from './token-commands.ts';

/**
 * The whole command line. What only one of the long-running commands needs is loaded when it runs: a running server
 * does not carry the simulator.
 */
export function createProgram(): Command {
  const program = new Command('sealpost')
    .description(
      'Sealed sensor readings from an ESP32 to your own machine. Every option has an environment twin, SEALPOST_….',
    )
    .version(version)
    .showHelpAfterError('(see --help)')
    .exitOverride()
    .hook('preAction', (_program, command) => readFlagTwins(command));
  addServe(program);
  addDemo(program);
  addSimulate(program);
  addDeviceCommands(program);
  addTokenCommands(program);
  addAuditCommand(program);
  return program;
}

function addServe(program: Command): void {
  const { settings, maxSessions, maxConnections } = defaultConfig;
  program
    .command('serve')
    .description('Run the server')
    .addOption(option('--host <address>', 'address to listen on').default('0.0.0.0'))
    .addOption(option('--port <number>', 'port to listen on').default(8080).argParser(wholeNumber(0, 65535)))
    .addOption(dataOption())
    .addOption(masterKeyFileOption())
    .addOption(
      option('--workers <number>', 'processes that share the work')
        .default(Math.max(1, availableParallelism() - 1), 'one less than cores')
        .argParser(wholeNumber(1, 256)),
    )
    .addOption(option('--open-reads', 'let other machines read without a token'))
    .addOption(
      option('--allowed-host <names...>', 'names of this server in public DNS, by which browsers may ask').argParser(
        hostNames,
      ),
    )
    .addOption(
      option('--tls-cert <file>', 'the certificate, and those that vouch for it, in PEM: people read over TLS'),
    )
    .addOption(option('--tls-key <file>', 'its private key in PEM'))
    .addOption(option('--tls-port <number>', 'port for TLS').default(8443).argParser(wholeNumber(0, 65535)))
    .addOption(interval('--sample-interval', 'between two readings', settings.sampleInterval))
    .addOption(interval('--local-time-interval', 'between two reports of the local time', settings.localTimeInterval))
    .addOption(interval('--ntp-interval', 'between two synchronisations with NTP', settings.ntpInterval))
    .addOption(
      option('--max-sessions <number>', 'sessions in memory')
        .default(maxSessions)
        .argParser(wholeNumber(1, 10_000_000)),
    )
    .addOption(
      option('--max-connections <number>', 'connections at once')
        .default(maxConnections)
        .argParser(wholeNumber(1, 1_000_000)),
    )
    .addOption(option('--accept-clock', "trust this machine's clock though the store has later times"))
    .addOption(
      option('--log-level <level>', 'how much to log')
        .choices(['debug', 'info', 'warn', 'error', 'silent'])
        .default('info'),
    )
    .action(async (options) => (await import('./serve.ts')).serve(options));
}

function interval(flag: string, description: string, fallback: number) {
  return option(`${flag} <seconds>`, `devices' interval ${description}`)
    .default(fallback / second)
    .argParser(intervalSeconds);
}

function addDemo(program: Command): void {
  program
    .command('demo')
    .description('See it work without a board: a server on this machine only, and three ESP32s')
    .addOption(option('--port <number>', 'port to listen on').default(8080).argParser(wholeNumber(0, 65535)))
    .addOption(
      // A twin of its own: SEALPOST_DATA is where the real readings are.
      option('--data <directory>', "the demo's own data, apart from a server's")
        .default('./demo-data')
        .env('SEALPOST_DEMO_DATA'),
    )
    .addOption(speedOption())
    .addOption(option('--readings <number>', 'stop after this many').argParser(wholeNumber(1, 1_000_000)))
    .addOption(
      option(
        '--firmware <file>',
        "the virtual ESP32, run when it is there: 'npm run firmware:linux' builds it",
      ).default(
        fileURLToPath(new URL('../../../firmware/build/virtual-esp32', import.meta.url)),
        'firmware/build/virtual-esp32',
      ),
    )
    .action(async (options) => (await import('./demo.ts')).demo(options));
}

function addSimulate(program: Command): void {
  program
    .command('simulate')
    .description('Run simulated ESP32s against a server')
    .addOption(option('--server <url>', 'the server').default('http://127.0.0.1:8080').argParser(httpUrl))
    .addOption(option('--devices <number>', 'how many').default(3).argParser(wholeNumber(1, 100_000)))
    .addOption(option('--prefix <name>', 'how their ids begin').default('sim').argParser(deviceIdPrefix))
    .addOption(speedOption())
    .addOption(
      option('--key-file <file>', "keys as 'device add --json' prints them; else the devices are registered in --data"),
    )
    .addOption(dataOption())
    .addOption(masterKeyFileOption())
    .addOption(option('--readings <number>', 'stop after this many receipts').argParser(wholeNumber(1, 1e9)))
    .addOption(option('--seconds <number>', 'stop after this long').argParser(decimalNumber(0.1, 1e9)))
    .addOption(jsonOption())
    .action(async (options) => (await import('./simulate.ts')).simulate(options));
}

function speedOption() {
  return option('--speed <factor>', 'do their jobs so many times as often')
    .default(1)
    .argParser(decimalNumber(0.01, 1000));
}
