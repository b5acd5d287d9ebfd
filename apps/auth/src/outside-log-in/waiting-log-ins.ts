import { Injectable } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { type HttpExchange, Interactions } from '../interaction/interactions.ts';
import { OutsideLogIns } from '../outside-provider/outside-log-ins.ts';
import { type Problem, shownError } from '../page/form-error.ts';
import { GONE, over } from '../page/notice.ts';
import { Refusal } from '../page/refusal.ts';
import type { Answered } from './outside-answers.ts';
import type { AnswerForm } from './outside-pages.ts';
import { OutsideRedirects } from './outside-redirects.ts';

/** A browser's interaction, and the log-in with a provider that answers it. */
export interface Opened {
  readonly uid: string;
  readonly id: string;
}

/** The log-ins that a provider has answered, and that wait for the user. */
@Injectable()
export class WaitingLogIns {
  constructor(
    readonly interactions: Interactions,
    readonly redirects: OutsideRedirects,
    readonly logIns: OutsideLogIns,
  ) {}

  /** @throws Refusal */
  async find(exchange: HttpExchange, { uid, id }: Opened): Promise<Answered> {
    const interaction = await this.interactions.waitingFor('login', exchange, uid);
    const logIn = await this.logIns.find(id, { interaction: uid });
    if (!logIn) throw new Refusal(GONE, over);
    return { exchange, interaction, logIn };
  }

  /** The form of a page. @param below its path, below that of the log-in */
  async form({ interaction, logIn }: Answered, below: string, problem?: Problem): Promise<AnswerForm> {
    const { label } = this.redirects.provider(logIn.provider);
    const { origin } = await this.interactions.application(interaction);
    return { label, identity: logIn.identity, path: `/oidc/interaction/${interaction.uid}/outside/${logIn.id}${below}`, origin, problem };
  }
}

/** Redirects the browser to where `work` leads, or shows why it failed. */
export async function attempt(
  reply: FastifyReply,
  work: () => Promise<string>,
  show: (status: number, problem: Problem) => Promise<FastifyReply>,
): Promise<FastifyReply> {
  try {
    return await reply.header('cache-control', 'no-store').redirect(await work(), 303);
  } catch (error) {
    if (error instanceof Refusal) throw error;
    const { status, problem } = shownError(reply, error);
    return show(status, problem);
  }
}
