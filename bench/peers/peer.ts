export interface PeerOptions {
  /** The cores that its processes may use; null: any. */
  readonly cores: string | null;
  /** An empty directory of its own. */
  readonly directory: string;
  /** Requests in a round, at most. */
  readonly requests: number;
}
