import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { errorCodes, invalidField, OperatorError, SealpostError, unauthenticated } from '../src/errors.ts';

const sources = new URL('../src/', import.meta.url);

describe('the table of error codes', () => {
  it('has every code of the protocol, each with its status on both families of routes', () => {
    // The statuses are those of the Connect protocol's table of error codes.
    expect(errorCodes).toEqual({
      invalid_argument: { connectStatus: 400, restStatus: 400 },
      unauthenticated: { connectStatus: 401, restStatus: 401 },
      permission_denied: { connectStatus: 403, restStatus: 403 },
      not_found: { connectStatus: 404, restStatus: 404 },
      already_exists: { connectStatus: 409, restStatus: 409 },
      resource_exhausted: { connectStatus: 429, restStatus: 429 },
      aborted: { connectStatus: 409, restStatus: 409 },
      unimplemented: { connectStatus: 501, restStatus: 501 },
      unavailable: { connectStatus: 503, restStatus: 503 },
      internal: { connectStatus: 500, restStatus: 500 },
    });
  });
});

describe('an error that a stranger may see', () => {
  it('carries its code, its message, and for the log alone the reason and the cause', () => {
    const cause = new Error('disk full');
    const error = new SealpostError('unavailable', 'the store is full', {
      cause,
      reason: 'ENOSPC',
      retryAfterSeconds: 5,
    });
    const { name, code, message, reason, retryAfterSeconds } = error;
    expect({ name, code, message, reason, retryAfterSeconds, cause: error.cause }).toEqual({
      name: 'SealpostError',
      code: 'unavailable',
      message: 'the store is full',
      reason: 'ENOSPC',
      retryAfterSeconds: 5,
      cause,
    });
    expect(error).toBeInstanceOf(Error);
  });

  it('needs no more than a code and a message', () => {
    const error = new SealpostError('internal', 'the server failed');
    const { reason, retryAfterSeconds } = error;
    expect({ reason, retryAfterSeconds, hasCause: 'cause' in error }).toEqual({
      reason: undefined,
      retryAfterSeconds: undefined,
      hasCause: false,
    });
  });

  it('names the field that is wrong and what was expected', () => {
    const { code, message, reason } = invalidField('record.counter', '1 to 2^32 - 1');
    expect({ code, message, reason }).toEqual({
      code: 'invalid_argument',
      message: 'record.counter: expected 1 to 2^32 - 1',
      reason: 'bad record.counter',
    });
  });
});

describe('unauthenticated', () => {
  it('reads the same whatever the reason, which only the log learns', () => {
    const reasons = ['unknown device', 'wrong device key', 'wrong tag', 'replayed counter', 'expired session', ''];
    const errors = reasons.map(unauthenticated);
    expect(new Set(errors.map(({ message }) => message))).toEqual(
      new Set(['not accepted: shake hands again; if that is refused too, check the device id and key']),
    );
    expect(errors.map(({ code, reason }) => ({ code, reason }))).toEqual(
      reasons.map((reason) => ({ code: 'unauthenticated', reason })),
    );
  });

  it.each(['session', 'readings', 'store', 'ingest'])('is said by %s/ through that one function only', (stage) => {
    const files = readdirSync(new URL(stage, sources), { recursive: true, encoding: 'utf8' });
    const texts = files
      .filter((file) => file.endsWith('.ts'))
      .map((file) => readFileSync(new URL(`${stage}/${file}`, sources), 'utf8'));
    expect(texts.length).toBeGreaterThan(0);
    expect(texts.filter((text) => /SealpostError\(\s*'unauthenticated'/.test(text))).toEqual([]);
  });
});

describe("an operator's error", () => {
  it('is told apart from what a stranger may see', () => {
    const error = new OperatorError('the data folder can not be written');
    expect([error.name, error.message]).toEqual(['OperatorError', 'the data folder can not be written']);
    expect(error).not.toBeInstanceOf(SealpostError);
  });
});
