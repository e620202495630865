import { fromBinary } from '@bufbuild/protobuf';
import { type ClockReport, ClockReportSchema } from '#gen/clock_pb.js';
import { invalidField } from '../errors.ts';
import { hour, type Micros, microsOfDuration, second } from '../time.ts';

const greatestUtcOffset = (18 * hour) / second;
const greatestNtpServerBytes = 64;

export interface CheckedClockReport {
  /** Since the boot; undefined when the device did not say. */
  readonly uptime: Micros | undefined;
  readonly utcOffsetSeconds: number;
  readonly roundTrip: Micros | undefined;
}

/** Checks the plaintext of a TimeSync (docs/protocol-v1.md, section 6); throws `invalid_argument`. */
export function checkClockReport(plaintext: Uint8Array): CheckedClockReport {
  let report: ClockReport;
  try {
    report = fromBinary(ClockReportSchema, plaintext);
  } catch {
    throw invalidField('record.sealed', 'its plaintext to be a sealpost.v1.ClockReport');
  }
  if (Math.abs(report.utcOffsetSeconds) > greatestUtcOffset) {
    throw invalidField('ClockReport.utc_offset_seconds', `-${greatestUtcOffset} to ${greatestUtcOffset}`);
  }
  if (Buffer.byteLength(report.ntpServer) > greatestNtpServerBytes) {
    throw invalidField('ClockReport.ntp_server', `at most ${greatestNtpServerBytes} bytes`);
  }
  const uptime = microsOfDuration(report.uptime);
  return {
    uptime: uptime !== undefined && uptime >= 0 ? uptime : undefined,
    utcOffsetSeconds: report.utcOffsetSeconds,
    roundTrip: microsOfDuration(report.roundTrip),
  };
}
