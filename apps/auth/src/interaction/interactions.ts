import { Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { type Client, errors, type Interaction, type InteractionResults } from 'oidc-provider';
import type { EntityManager } from 'typeorm';
import { AuthorizationServer } from '../provider/authorization-server.ts';
import { RecordStore } from '../record/record-store.ts';
import { cookieMissing, interactionOver } from './refusal.ts';

/** What oidc-provider wants of the person: to log in, or to consent. */
export type Prompt = 'login' | 'consent';

/** Who asks, and where that leads. */
export interface Application {
  readonly name: string;
  /** The host that the person is sent back to. */
  readonly host: string;
  /** Its origin. */
  readonly origin: string;
}

/** A browser's request, and the reply to it. */
export interface Exchange {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
}

/** What the person has decided, or proved, as oidc-provider takes it. */
export type Answer = (tx: EntityManager) => Promise<InteractionResults>;

/** The authorization requests that wait for a person. */
@Injectable()
export class Interactions {
  constructor(
    readonly server: AuthorizationServer,
    readonly records: RecordStore,
  ) {}

  /**
   * The interaction that the browser is in the middle of.
   *
   * @throws Refusal
   */
  async of({ request, reply }: Exchange, uid: string): Promise<Interaction> {
    const { provider } = this.server;
    if (!namesIn(request.headers.cookie).has(provider.cookieName('interaction'))) throw cookieMissing();
    const interaction = await provider.interactionDetails(request.raw, reply.raw).catch(undefinedIfOver);
    if (interaction?.uid !== uid) throw interactionOver();
    return interaction;
  }

  /**
   * The same, if it waits for this.
   *
   * @throws Refusal
   */
  async waitingFor(prompt: Prompt, exchange: Exchange, uid: string): Promise<Interaction> {
    const interaction = await this.of(exchange, uid);
    if (interaction.prompt.name !== prompt) throw interactionOver();
    return interaction;
  }

  async application({ params }: Interaction): Promise<Application> {
    const { host, origin } = new URL(String(params['redirect_uri']));
    const { clientId, clientName } = await this.#client(String(params['client_id']));
    return { name: clientName ?? clientId, host, origin };
  }

  /**
   * Gives an interaction its answer, once: whoever comes second, as after a double click, is sent where the first one was.
   *
   * @param answer is asked for in the transaction that keeps it
   * @returns where to send the browser
   */
  answer({ request, reply }: Exchange, { uid, returnTo }: Interaction, answer: Answer): Promise<string> {
    return this.records.transaction(async (tx) => {
      if (!(await this.records.consume('Interaction', uid))) return returnTo;
      return this.server.provider.interactionResult(request.raw, reply.raw, await answer(tx));
    });
  }

  async #client(id: string): Promise<Client> {
    const client = await this.server.provider.Client.find(id);
    if (!client) throw interactionOver();
    return client;
  }
}

const namesIn = (cookies = '') => new Set(cookies.split(';').map((cookie) => cookie.trim().split('=', 1)[0]));

function undefinedIfOver(error: unknown): undefined {
  if (error instanceof errors.SessionNotFound) return undefined;
  throw error;
}
