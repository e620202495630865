/** What a run leaves in results.json. */
export interface Results {
  readonly machine: Machine;
  readonly table?: readonly TableRow[];
  readonly curves?: Curves;
}

export interface Machine {
  /** YYYY-MM-DD */
  readonly date: string;
  readonly processor: string;
  readonly cores: number;
  readonly memoryBytes: number;
  readonly kernel: string;
  readonly node: string;
  /** Programs that wanted to run at the same time in the minute before: near 0 when the machine did nothing else. */
  readonly loadBefore: number;
  /** Whether the measured servers had a core to themselves. */
  readonly pinned: boolean;
}

/** Medians over the rounds. */
export interface TableRow {
  readonly name: string;
  readonly keeps: string;
  /** A word for the chart; empty: nothing to add. */
  readonly note: string;
  readonly readingsPerRequest: number;
  readonly requestsPerSecond: number;
  /** To bare node:http in the same round. */
  readonly ratio: number;
  /** Each round's requests a second. */
  readonly rounds: readonly number[];
  readonly p50Milliseconds: number;
  readonly p99Milliseconds: number;
  /** What the server did after its last answer included. */
  readonly cpuMicrosPerRequest: number;
  readonly memory: number;
  readonly bytesPerReading: number | null;
  readonly firstContactBytes: number | null;
  /** Of one core: near 1 means that the generator was the limit, not the server. */
  readonly generatorShare: number;
}

export interface Curves {
  readonly sessions?: readonly SessionsPoint[];
  readonly stores?: readonly StorePoint[];
  readonly diskWrites?: readonly DiskWritesPoint[];
  readonly restarts?: readonly RestartPoint[];
  readonly pace?: PaceResult;
  readonly slowDisk?: SlowDiskResult;
  readonly workers?: readonly WorkersPoint[];
  readonly readers?: readonly ReadersPoint[];
}

export interface SessionsPoint {
  readonly sessions: number;
  readonly uploadsPerSecond: number;
  /** Resident. */
  readonly memory: number;
  /** What the sessions added to the JavaScript heap and all buffers, garbage not counted. */
  readonly bytesPerSession: number;
}

export interface StorePoint {
  readonly readings: number;
  readonly fileBytes: number;
  readonly fillReadingsPerSecond: number;
  /** One request at a time. */
  readonly sensorMilliseconds: number;
  readonly sensorOfDeviceMilliseconds: number;
}

export interface DiskWritesPoint {
  readonly devices: number;
  readonly readings: number;
  readonly writtenBytes: number;
  readonly fileBytes: number;
}

export interface RestartPoint {
  readonly connections: number;
  readonly handshakes: number;
  readonly seconds: number;
  readonly cpuSeconds: number;
  /** Of uploads and GET /sensor meanwhile. */
  readonly othersP99Milliseconds: number;
  readonly others: number;
}

export interface PaceResult {
  readonly peakPerSecond: number;
  readonly uploadsPerSecond: number;
  readonly p50Milliseconds: number;
  readonly p99Milliseconds: number;
}

export interface SlowDiskResult {
  readonly syncMilliseconds: number;
  readonly connections: number;
  readonly uploadsPerSecond: number;
  readonly p99Milliseconds: number;
  /** The same server and load on the disk as it is. */
  readonly fastUploadsPerSecond: number;
  readonly fastCpuMicrosPerUpload: number;
  /** Of TimeSync and GET /sensor meanwhile. */
  readonly othersP99Milliseconds: number;
}

export interface WorkersPoint {
  readonly workers: number;
  readonly uploadsPerSecond: number;
  readonly cpuMicrosPerUpload: number;
}

export interface ReadersPoint {
  readonly readers: string;
  readonly uploadsPerSecond: number;
  /** To the uploads without readers just before. */
  readonly ratio: number;
  readonly listsPerSecond: number;
  readonly aggregatesPerSecond: number;
  readonly watchedBytesPerSecond: number;
}
