import { Code, ConnectError } from '@connectrpc/connect';
import { codeToHttpStatus, errorToJson } from '@connectrpc/connect/protocol-connect';
import { describe, expect, it } from 'vitest';
import { type ErrorCode, errorCodes, SealpostError, unauthenticated } from '../../src/errors.ts';
import { asConnectError } from '../../src/wire/errors.ts';
import { numberedSections, readDocument, tableUnder } from './markdown.ts';

const section = numberedSections(readDocument('docs/protocol-v1.md')).get(9) ?? '';

/** The codes once more, by their type: tsc fails here when one comes or goes. */
const everyCode: Record<ErrorCode, true> = {
  invalid_argument: true,
  unauthenticated: true,
  permission_denied: true,
  not_found: true,
  already_exists: true,
  resource_exhausted: true,
  aborted: true,
  unimplemented: true,
  unavailable: true,
  internal: true,
};
const codes = Object.keys(everyCode) as ErrorCode[];

describe('the table of codes in section 9', () => {
  const documented = tableUnder(section, 'code').map(([code = '', connectStatus, restStatus]) => [
    code.replaceAll('`', ''),
    { connectStatus: Number(connectStatus), restStatus: Number(restStatus) },
  ]);

  it('has the codes and statuses of the table in errors.ts, in its order', () => {
    expect(documented).toEqual(Object.entries(errorCodes));
  });

  it("has the codes of the server's error type", () => {
    expect(documented.map(([code]) => code)).toEqual(codes);
  });

  it('has the names and statuses of the Connect protocol', () => {
    const fromConnect = codes.map((code) => {
      const error = asConnectError(new SealpostError(code, 'a sentence'));
      return [(errorToJson(error, {}) as { code: string }).code, codeToHttpStatus(error.code)];
    });
    expect(fromConnect).toEqual(codes.map((code) => [code, errorCodes[code].connectStatus]));
  });

  it('says which code has another status for a body that is too large', () => {
    const row = tableUnder(section, 'code').find(([code]) => code === '`resource_exhausted`');
    expect(row?.at(-1)).toContain('on REST routes with status **413**');
  });
});

describe('what a stranger is told', () => {
  it('passes to Connect without the reason and the cause', () => {
    const error = asConnectError(unauthenticated('wrong device key'));
    expect(error).toEqual(new ConnectError(unauthenticated('').message, Code.Unauthenticated));
    expect(JSON.stringify(errorToJson(error, {}))).not.toContain('wrong device key');
  });
});
