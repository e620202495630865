import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import type { DeviceDescription } from '../../../src/device/handshake.ts';
import { addDevice, cleanUp, ServerProcess, sealpost } from '../../cli/process.ts';
import { PageDevice } from './page-device.ts';

/** A name that leads here and that no server takes for its own machine: whoever uses it comes from elsewhere. */
export const elsewhere = 'sealpost.internal';

/** Debian's chromium, with all that it does of its own accord turned off. */
function launch(): Promise<Browser> {
  return chromium.launch({
    executablePath: '/usr/bin/chromium',
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      `--host-resolver-rules=MAP ${elsewhere} 127.0.0.1`,
    ],
  });
}

/** A server with devices, and a browser that looks at it. */
export class Site {
  readonly dataDirectory: string;
  server: ServerProcess;
  /** What no page may cause, each with the page's address: errors, warnings, requests to other hosts. */
  readonly problems: string[] = [];
  readonly #browser: Browser;
  readonly #devices: PageDevice[] = [];

  private constructor(browser: Browser, dataDirectory: string, server: ServerProcess) {
    this.#browser = browser;
    this.dataDirectory = dataDirectory;
    this.server = server;
  }

  static async open(dataDirectory: string): Promise<Site> {
    const [browser, server] = await Promise.all([launch(), ServerProcess.start(dataDirectory)]);
    return new Site(browser, dataDirectory, server);
  }

  /** Looks at an address of the page, in a browser without a past, in which `script` runs first. */
  async visit(
    address = '',
    options: BrowserContextOptions & { readonly host?: string } = {},
    script = '',
  ): Promise<Page> {
    const { host = '127.0.0.1', ...more } = options;
    const context = await this.#browser.newContext({ viewport: { width: 1280, height: 900 }, ...more });
    if (script !== '') await context.addInitScript(script);
    const page = await context.newPage();
    page.setDefaultTimeout(30_000);
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') this.problems.push(message.text());
    });
    page.on('pageerror', (error) => this.problems.push(error.message));
    page.on('request', (request) => {
      const { hostname, protocol } = new URL(request.url());
      if (hostname !== host && protocol !== 'blob:') this.problems.push(`asked ${request.url()}`);
    });
    await page.goto(`http://${host}:${this.server.port}/${address}`);
    return page;
  }

  /** Registers a device and shakes hands with its key. */
  async device(deviceId: string, description?: DeviceDescription): Promise<PageDevice> {
    const key = await addDevice(this.dataDirectory, deviceId);
    return this.connect(deviceId, key, description);
  }

  /** A device that has its key already. */
  async connect(deviceId: string, key: Buffer, description?: DeviceDescription): Promise<PageDevice> {
    const device = await PageDevice.connect(this.server.url, deviceId, key, description);
    this.#devices.push(device);
    return device;
  }

  /** Makes a token. */
  async token(name: string, role: 'reader' | 'admin'): Promise<string> {
    const place = ['--data', this.dataDirectory, '--json'];
    const { stdout } = await sealpost(['token', 'add', name, '--role', role, ...place]);
    return JSON.parse(stdout).token;
  }

  async revokeToken(name: string): Promise<void> {
    await sealpost(['token', 'revoke', name, '--data', this.dataDirectory]);
  }

  /** Starts a server again on the same data and port. */
  async restart(): Promise<void> {
    this.server = await ServerProcess.start(this.dataDirectory, [], { port: this.server.port });
  }

  async close(): Promise<void> {
    for (const device of this.#devices) device.close();
    await this.#browser.close();
    await cleanUp();
  }
}
