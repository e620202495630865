import { describe, expect, it } from 'vitest';
import { Metrics } from '../../src/readers/metrics.ts';
import { addDevices, mostDevices } from '../../src/readers/metrics-devices.ts';
import { nodeFigures, type ProcessFigures } from '../../src/readers/metrics-figures.ts';
import type { ReaderLane } from '../../src/readers/reader-share.ts';
import { deviceSummary, MemoryStore } from './memory-store.ts';

const store = { waitingWrites: 0, commits: 0, committedWrites: 0, commitSeconds: 0, failedCommits: 0 };

function figures(uploads: number, unsettledReadings: number): ProcessFigures {
  return {
    ...nodeFigures(),
    connections: 0,
    sessions: 0,
    watchers: 0,
    clockTrusted: true,
    calls: {
      handshakes: 0,
      uploads,
      clockReports: 0,
      storedReadings: 0,
      duplicateReadings: 0,
      refusedSensors: 0,
    },
    refusals: {
      invalid_argument: 0,
      unauthenticated: uploads * 10,
      permission_denied: 0,
      not_found: 0,
      already_exists: 0,
      resource_exhausted: 0,
      aborted: 0,
      unimplemented: 0,
      unavailable: 0,
      internal: 0,
    },
    store: { ...store, unsettledReadings },
  };
}

describe('the metrics of several workers', () => {
  it('are apart, but for what they all see', async () => {
    const metrics = new Metrics();
    metrics.addServer({
      processes: [
        { worker: 1, figures: figures(3, 70) },
        { worker: 2, figures: figures(4, 69) },
      ],
      replacedWorkers: 5,
    });
    const text = await metrics.text();
    expect(text).toContain(
      '# HELP sealpost_uploads_total Uploads stored.\n' +
        '# TYPE sealpost_uploads_total counter\n' +
        'sealpost_uploads_total{worker="1"} 3\n' +
        'sealpost_uploads_total{worker="2"} 4\n',
    );
    expect(text).toContain('sealpost_refused_total{worker="2",code="unauthenticated"} 40\n');
    expect(text).toContain('sealpost_readings_unsettled 70\n');
    expect(text).toContain('sealpost_workers_replaced_total 5\n');
  });
});

describe('the metrics of devices', () => {
  const atOnce: ReaderLane = { step: (work) => work() };

  it("are read in steps of the readers' share", async () => {
    const store = new MemoryStore();
    for (let index = 10; index < 55; index += 1) store.devices.push(deviceSummary(`d${index}`));
    const { latestReading } = store;
    const steps: number[] = [];
    store.latestReading = (deviceId) => {
      steps.push((steps.pop() ?? 0) + 1);
      return latestReading.call(store, deviceId);
    };
    const counted: ReaderLane = {
      step: (work) => {
        steps.push(0);
        return work();
      },
    };
    await addDevices(new Metrics(), store, counted);
    expect(steps).toEqual([20, 20, 5]);
  });

  it('are those of so many devices that one answer has room for them', async () => {
    const store = new MemoryStore();
    for (let index = mostDevices + 2; index > 0; index -= 1) {
      store.devices.push(deviceSummary(`d${String(index - 1).padStart(5, '0')}`));
    }
    const metrics = new Metrics();
    await addDevices(metrics, store, atOnce);
    const text = await metrics.text();
    expect(text).toContain(`sealpost_devices ${mostDevices + 2}\n`);
    expect(text.match(/^sealpost_device_info\{/gm)?.length).toBe(mostDevices);
    expect(text).toContain('device="d00999"');
    expect(text).not.toContain('device="d01000"');
  });
});
