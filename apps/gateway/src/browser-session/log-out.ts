import { Injectable } from '@nestjs/common';
import { type Client, InjectClient } from '@reputable/auth';
import { AuthService } from '@reputable/contracts/auth/v1/auth';
import { Code, type DomainError } from '@reputable/errors';
import type { FastifyRequest } from 'fastify';
import { refusalOf } from '../http/refusal.ts';
import { runAs } from '../http/run-as.ts';
import { BrowserSessions } from './browser-sessions.ts';
import { BrowserUser } from './browser-user.ts';
import { cookieIn, SESSION_COOKIE } from './cookie.ts';

/** Logging a browser out. */
@Injectable()
export class LogOut {
  constructor(
    @InjectClient(AuthService) readonly auth: Client<typeof AuthService>,
    readonly sessions: BrowserSessions,
    readonly users: BrowserUser,
  ) {}

  /**
   * Logs out the browser that a request comes from: at auth, in the user's name, so that all that came of that log-in ends; then here.
   *
   * @throws DomainError SERVICE_UNAVAILABLE if auth cannot be told: then nothing has ended
   */
  async of(request: FastifyRequest): Promise<void> {
    const id = cookieIn(request, SESSION_COOKIE);
    if (id === undefined) return;
    try {
      const token = await this.users.of(request);
      await runAs(token, () => this.auth.logOut({}));
    } catch (error) {
      const refusal = refusalOf(error);
      if (!isOver(refusal)) throw refusal;
    }
    await this.sessions.forget(id);
  }
}

/** The session has ended by itself, or the user is suspended: in both cases nobody can act in their name. */
const isOver = ({ code, reason }: DomainError) => code === Code.UNAUTHENTICATED || reason === 'USER_SUSPENDED';
