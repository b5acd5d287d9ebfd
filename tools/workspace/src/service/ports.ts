const TABLE = 'tools/dev/src/services.ts';
const LINE = /^ {2}(\w+): \{ port: (\d+), calls: /gm;
/** The gateway's, and that of auth for HTTP. */
const HTTP = new Map([
  [3000, 'gateway'],
  [3001, 'auth'],
]);

/** Where the launcher has the ports of all services. */
export const portTable = TABLE;

/** The ports of all services, as the launcher has them. */
export function portsIn(table: string): ReadonlyMap<string, number> {
  return new Map([...table.matchAll(LINE)].map(([, name = '', port]) => [name, Number(port)]));
}

/**
 * The port that is wished for, or else the first one after those of all services.
 *
 * @throws {Error} in one line that says what to do, if it cannot be had
 */
export function portFor(table: string, wish?: number): number {
  const ports = portsIn(table);
  const next = Math.max(...ports.values()) + 1;
  if (wish === undefined) return next;
  if (!Number.isInteger(wish) || wish < 1024 || wish > 65_535) throw new Error(`${wish} is no port: choose one from 1024 to 65535.`);
  const owner = HTTP.get(wish) ?? [...ports].find(([, port]) => port === wish)?.[0];
  if (owner !== undefined) throw new Error(`Port ${wish} is that of ${owner}. Choose another one, or leave --port out: ${next} is free.`);
  return wish;
}
