import { socketIn } from './lock.ts';

/** The path of the socket at which the page at `/` is served. */
export const playgroundSocket = (dataDir: string) => socketIn(dataDir, 'playground.sock');
