/** What the device calls of this process have come to since it started. Plain numbers, so that counting costs nothing. */
export class CallCounts {
  handshakes = 0;
  uploads = 0;
  clockReports = 0;
  storedReadings = 0;
  duplicateReadings = 0;
  refusedSensors = 0;
}
