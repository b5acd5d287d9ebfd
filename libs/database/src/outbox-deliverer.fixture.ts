import { Logger } from '@nestjs/common';
import { DomainError } from '@reputable/errors';
import { DataSource } from 'typeorm';
import { dataSourceOptions } from './data-source.ts';
import { Outbox } from './outbox.ts';

/** The queue of the model. */
export const MODEL_QUEUE = 'model';

/** An event of the model. */
export type ModelEvent = { n: number };

/** A delivery, from this process to its parent. */
export interface Delivery {
  readonly events: readonly ModelEvent[];
}

/** The receiver's answer: the code of an error, or null. */
export interface Answer {
  readonly code: DomainError['code'] | null;
}

/** Runs an outbox whose receiver is the parent process. The parent can kill this process at any step. */
async function deliverToParent(url: string): Promise<void> {
  Logger.overrideLogger(false);
  const dataSource = await new DataSource(dataSourceOptions({ url, entities: [], migrations: [] })).initialize();
  const deliver = async (events: ModelEvent[]) => {
    const answer = new Promise<Answer>((resolve) => {
      process.once('message', resolve);
    });
    process.send?.({ events } satisfies Delivery);
    const { code } = await answer;
    if (code !== null) throw new DomainError(code, 'MODEL', 'As the model says.');
  };
  const outbox = new Outbox<ModelEvent>({ dataSource, queue: MODEL_QUEUE, deliver, maxRefusals: 2 });
  await outbox.onApplicationBootstrap();
  process.once('disconnect', () => process.exit());
}

const [, program, url] = process.argv;
if (program === import.meta.filename && url !== undefined) await deliverToParent(url);
