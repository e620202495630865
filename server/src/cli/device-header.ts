import { closeSync, fsyncSync, openSync, rmSync, writeSync } from 'node:fs';
import { OperatorError } from '../errors.ts';

/** A header file that is being made: reserved first, so that no key is lost to a file that can't be written. */
export interface ReservedHeader {
  write(deviceId: string, key: Buffer): void;
  /** Removes the empty file again. */
  abandon(): void;
}

/** Creates the file, mode 0600, for the firmware's build. Never replaces one: it may hold the only copy of a key. */
export function reserveHeader(path: string): ReservedHeader {
  let file: number;
  try {
    file = openSync(path, 'wx', 0o600);
  } catch (error) {
    const exists = error instanceof Error && 'code' in error && error.code === 'EEXIST';
    throw new OperatorError(
      exists
        ? `${path} exists already and may hold the only copy of a key: move it away first, or choose another name`
        : `can't write ${path}: ${error instanceof Error ? error.message : String(error)}`,
      { cause: error },
    );
  }
  return {
    write(deviceId, key) {
      writeSync(file, headerOf(deviceId, key));
      fsyncSync(file);
      closeSync(file);
    },
    abandon() {
      closeSync(file);
      rmSync(path);
    },
  };
}

function headerOf(deviceId: string, key: Buffer): string {
  return `// Made by \`sealpost device\`. It holds the device's secret key: keep it out of version control and e-mail.
#pragma once

#define SEALPOST_DEVICE_ID "${deviceId}"
#define SEALPOST_DEVICE_KEY_BASE64 "${key.toString('base64')}"

// Fill these in before the build, or set them on the serial console.
#ifndef SEALPOST_SERVER_URL
#define SEALPOST_SERVER_URL ""
#endif
#ifndef SEALPOST_WIFI_SSID
#define SEALPOST_WIFI_SSID ""
#endif
#ifndef SEALPOST_WIFI_PASSWORD
#define SEALPOST_WIFI_PASSWORD ""
#endif
`;
}
