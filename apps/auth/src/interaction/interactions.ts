import { Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { type Client, errors, type Interaction, type InteractionResults } from 'oidc-provider';
import type { EntityManager } from 'typeorm';
import type { AuditEvent } from '../audit/audit-event.ts';
import { AuthorizationServer } from '../provider/authorization-server.ts';
import type { OutsideSession } from '../outside-provider/outside-session.ts';
import { RecordStore } from '../record/record-store.ts';
import { requestedScopes } from '../client/requested-scopes.ts';
import { cookieMissing, interactionOver } from './refusal.ts';

/** What oidc-provider asks of the user: to log in, or to consent. */
export type Prompt = 'login' | 'consent';

/** The application that sent the authorization request. */
export interface Application {
  readonly name: string;
  /** The host of its redirect URI. */
  readonly host: string;
  /** The origin of its redirect URI. */
  readonly origin: string;
  /** The scopes that it requests and may request. */
  readonly scopes: readonly string[];
}

/** A browser's request and our reply. */
export interface HttpExchange {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
}

/** Makes the user's answer to a prompt, in oidc-provider's format; with the session at an outside provider, if the user has logged in with it. */
export type Answer = (tx: EntityManager) => Promise<InteractionResults & { readonly outside?: OutsideSession }>;

/** The authorization requests that wait for a user. */
@Injectable()
export class Interactions {
  constructor(
    readonly server: AuthorizationServer,
    readonly records: RecordStore,
  ) {}

  /** Whether the browser sent the cookie of an interaction. */
  hasCookie({ request }: Pick<HttpExchange, 'request'>): boolean {
    return namesIn(request.headers.cookie).has(this.server.provider.cookieName('interaction'));
  }

  /**
   * Finds the browser's interaction.
   *
   * @throws Refusal
   */
  async of({ request, reply }: HttpExchange, uid: string): Promise<Interaction> {
    if (!this.hasCookie({ request })) throw cookieMissing();
    const interaction = await this.server.provider.interactionDetails(request.raw, reply.raw).catch(undefinedIfOver);
    if (interaction?.uid !== uid) throw interactionOver();
    return interaction;
  }

  /**
   * Finds the browser's interaction, which must wait for this prompt.
   *
   * @throws Refusal
   */
  async waitingFor(prompt: Prompt, exchange: HttpExchange, uid: string): Promise<Interaction> {
    const interaction = await this.of(exchange, uid);
    if (interaction.prompt.name !== prompt) throw interactionOver();
    return interaction;
  }

  async application({ params }: Interaction): Promise<Application> {
    const { host, origin } = new URL(String(params['redirect_uri']));
    const client = await this.#client(String(params['client_id']));
    return {
      name: client.clientName ?? client.clientId,
      host,
      origin,
      scopes: requestedScopes(client, { scopes: textOf(params['scope']).split(' '), claims: claimsIn(textOf(params['claims'])) }),
    };
  }

  /**
   * Answers an interaction once. A second answer, as after a double click, changes nothing and leads to the same place.
   *
   * @param answer runs in the transaction that stores the answer
   * @returns the URL to redirect the browser to
   */
  answer({ request, reply }: HttpExchange, { uid, returnTo }: Interaction, answer: Answer): Promise<string> {
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

/** The names of the claims in the parameter `claims`, which oidc-provider has validated. */
function claimsIn(parameter: string): string[] {
  const { id_token: idToken, userinfo } = JSON.parse(parameter || '{}') as Partial<Record<'id_token' | 'userinfo', object>>;
  return Object.keys({ ...idToken, ...userinfo });
}

/** The audit event of a log-in that answers an interaction. Its session begins later. */
export const logInEvent = ({ params }: Interaction, userId: string, method: 'password' | 'link' | 'provider'): AuditEvent => ({
  ...{ type: 'log_in', userId, sessionId: undefined, clientId: textOf(params['client_id']) },
  ...{ actor: { type: 'user', id: userId }, details: { method } },
});

/** The text of a parameter; empty if it is missing or no text. */
export const textOf = (value: unknown) => (typeof value === 'string' ? value : '');

const namesIn = (cookies = '') => new Set(cookies.split(';').map((cookie) => cookie.trim().split('=', 1)[0]));

function undefinedIfOver(error: unknown): undefined {
  if (error instanceof errors.SessionNotFound) return undefined;
  throw error;
}
