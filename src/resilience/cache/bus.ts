import type { Position } from './shared-tier.ts';

export interface BusMessage extends Position {
  /** As it was given to `invalidate`. */
  text: string;
}

export interface BusListener {
  onMessage: (message: BusMessage) => void;
  onConnected: (connected: boolean) => void;
}

export interface Bus {
  /** Listens until `close`; reconnects by itself. */
  listen: (listener: BusListener) => void;
  /** Connects anew when the connection is dead without having said so. */
  check: () => Promise<void>;
  close: () => Promise<void>;
}
