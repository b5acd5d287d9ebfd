import { Code } from '@reputable/errors';
import { isOutage } from '@reputable/service';

/** Why an event was not delivered. */
export interface Failure {
  /** Whether the receiver refused this event. Otherwise it could not be reached, or the event was not tried. */
  readonly refused: boolean;
  readonly reason: string;
}

/** The bounds of the calls for one delivery. */
export interface DeliveryBounds {
  /** The last time for a new call, in milliseconds since the epoch. */
  readonly until: number;
  /** The largest number of calls. */
  readonly calls: number;
}

/** The statuses of a call whose receiver cannot handle any event now. */
const OUTAGE: ReadonlySet<unknown> = new Set([
  Code.UNAVAILABLE,
  Code.RESOURCE_EXHAUSTED,
  Code.UNAUTHENTICATED,
  Code.CANCELLED,
  Code.ABORTED,
]);

const codeOf = (error: unknown) => (error as { code?: unknown } | undefined)?.code;

const reasonOf = (error: unknown) => (error instanceof Error ? error.message : String(error));

/**
 * Delivers batches of events. If a batch fails, it delivers the halves, so that a refused event does not hold up the others. An outage ends
 * the delivery. Returns the failure of each event that was not delivered.
 */
export async function deliverInParts<Event>(
  batches: readonly (readonly Event[])[],
  deliver: (events: Event[]) => Promise<void>,
  { until, calls }: DeliveryBounds,
): Promise<Map<Event, Failure>> {
  const failures = new Map<Event, Failure>();
  const waiting = batches.filter(({ length }) => length > 0).toReversed();
  const delay = (events: readonly Event[], reason: string) => {
    for (const event of events) failures.set(event, { refused: false, reason });
  };
  let reason = 'not tried: the delivery took too long';
  for (let left = calls; left > 0 && Date.now() <= until; left -= 1) {
    const batch = waiting.pop();
    if (!batch) break;
    const error = await failureOf(deliver([...batch]));
    if (error === undefined) continue;
    reason = reasonOf(error);
    if (OUTAGE.has(codeOf(error)) || isOutage(error)) {
      delay(batch, reason);
      break;
    }
    const [event] = batch;
    if (batch.length > 1) waiting.push(...halvesOf(batch));
    else if (event !== undefined) failures.set(event, { refused: codeOf(error) !== Code.DEADLINE_EXCEEDED, reason });
  }
  for (const batch of waiting) delay(batch, reason);
  return failures;
}

async function failureOf(delivery: Promise<void>): Promise<unknown> {
  try {
    await delivery;
    return undefined;
  } catch (error) {
    return error ?? new Error('unknown error');
  }
}

/** The halves in random order: if there is time for only one, each gets its turn. */
function halvesOf<Event>(batch: readonly Event[]): readonly (readonly Event[])[] {
  const middle = Math.ceil(batch.length / 2);
  const halves = [batch.slice(0, middle), batch.slice(middle)];
  return Math.random() < 0.5 ? halves : halves.toReversed();
}
