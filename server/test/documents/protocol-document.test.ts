import { describe, expect, it } from 'vitest';
import { latestReading } from '../../src/readers/latest-reading.ts';
import { checkBatch } from '../../src/readings/batch.ts';
import { sampleOf, timeBySample } from '../../src/readings/clock-model.ts';
import type { Store, StoredReading } from '../../src/store/store.ts';
import { protocolDescription } from '../../src/wire/rest.ts';
import { hex } from '../hex.ts';
import { exchangeOf, type Given, givenLabels } from './exchange.ts';
import { labelledValues, numberedSections, readDocument, tableUnder } from './markdown.ts';

const sections = numberedSections(readDocument('docs/protocol-v1.md'));
const section = (number: number) => sections.get(number) ?? '';
const shown = labelledValues(section(11));

function given(): Given {
  const missing = givenLabels.filter((label) => !shown.has(label));
  if (missing.length > 0) throw new Error(`section 11 does not give: ${missing.join(', ')}`);
  return Object.fromEntries(givenLabels.map((label) => [label, shown.get(label)])) as Given;
}

describe('the protocol document', () => {
  it('has its twelve sections, in order', () => {
    expect([...sections.values()].map((text) => text.split('\n', 1)[0])).toEqual([
      '1. Properties',
      '2. Words and notation',
      '3. Identity and keys',
      '4. Handshake (`KeyExchange`)',
      '5. Records',
      '6. Messages',
      '7. Time',
      '8. Connect and its REST twins',
      '9. Errors',
      '10. What it does not give',
      '11. One whole exchange in hex',
      '12. Checklist for an implementer',
    ]);
  });

  it('shows an exchange of which every byte is reproduced, and nothing else', () => {
    const { values } = exchangeOf(given());
    expect(Object.fromEntries(shown)).toEqual(Object.fromEntries(values));
  });

  it('shows an exchange that another byte anywhere in what is given would change', () => {
    const { values } = exchangeOf({ ...given(), 'device key': 'ff'.repeat(32) });
    expect(values.get('message 1')).not.toBe(shown.get('message 1'));
    expect(values.get('SensorUploadResponse')).not.toBe(shown.get('SensorUploadResponse'));
  });

  it('gives the sizes of the bodies, within what the project has promised', () => {
    const { bodies } = exchangeOf(given());
    const sizes = Object.values(bodies).map(({ length }) => length);
    expect(tableUnder(section(11), 'body').map(([, bytes]) => Number(bytes))).toEqual(sizes);
    const handshake = bodies.keyExchangeRequest.length + bodies.keyExchangeResponse.length;
    expect(section(11)).toContain(`A handshake is ${handshake} bytes of bodies both ways.`);
    expect(handshake).toBeLessThanOrEqual(220);
    expect(bodies.sensorUploadRequest.length).toBeLessThanOrEqual(150);
  });

  it('shows what GET /dh-key-exchange answers', () => {
    expect(jsonBlocks(section(8))[0]).toEqual(protocolDescription);
  });

  it('shows what GET /sensor answers to the reading of section 11', async () => {
    const batch = checkBatch(hex(shown.get('ReadingBatch')!));
    const [reading] = batch.readings;
    const hello = { uptime: 3_481_516, receivedAt: Date.UTC(2026, 10, 22, 12) * 1000 + 123_456, epoch: 0 };
    const sample = sampleOf({ ...hello, roundTrip: undefined })!;
    const receivedAt = Date.UTC(2026, 10, 22, 12) * 1000 + 10_130_210;
    const stored: StoredReading = {
      ...reading!,
      deviceId: 'greenhouse',
      bootId: batch.bootId,
      receivedAt,
      resolvedTime: timeBySample(reading!.uptime!, sample, receivedAt),
      utcOffsetSeconds: 3600,
    };
    const store: Pick<Store, 'latestReading'> = { latestReading: async () => stored };
    expect(jsonBlocks(section(8))[1]).toEqual(await latestReading(store as Store));
  });
});

function jsonBlocks(text: string): readonly unknown[] {
  return [...text.matchAll(/^```json\n(.*?)^```$/gms)].map(([, json = '']) => JSON.parse(json));
}
