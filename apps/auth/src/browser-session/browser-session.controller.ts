import { Controller } from '@nestjs/common';
import { GrpcMethod } from '@nestjs/microservices';
import { valid } from '@reputable/request';
import type { BrowserSession } from './browser-session.entity.ts';
import * as requests from './browser-session.requests.ts';
import { BrowserSessionService } from './browser-session.service.ts';

@Controller()
export class BrowserSessionController {
  constructor(readonly sessions: BrowserSessionService) {}

  @GrpcMethod('BrowserSessionService')
  async createBrowserSession(request: unknown) {
    await this.sessions.create(valid(requests.CreateBrowserSession, request));
    return {};
  }

  @GrpcMethod('BrowserSessionService')
  async getBrowserSession(request: unknown) {
    const { idHash } = valid(requests.GetBrowserSession, request);
    return { session: toMessage(await this.sessions.get(idHash)) };
  }

  @GrpcMethod('BrowserSessionService')
  async holdBrowserSession(request: unknown) {
    const { idHash, version } = valid(requests.HoldBrowserSession, request);
    const { held, session } = await this.sessions.hold(idHash, version);
    return { held, session: toMessage(session) };
  }

  @GrpcMethod('BrowserSessionService')
  async replaceBrowserSession(request: unknown) {
    const { idHash, version, sealed } = valid(requests.ReplaceBrowserSession, request);
    return { session: toMessage(await this.sessions.replace(idHash, version, sealed)) };
  }

  @GrpcMethod('BrowserSessionService')
  async deleteBrowserSession(request: unknown) {
    await this.sessions.delete(valid(requests.DeleteBrowserSession, request).idHash);
    return {};
  }
}

const toMessage = ({ sealed, version }: BrowserSession) => ({ sealed, version });
