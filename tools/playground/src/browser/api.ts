import type { TraceView } from '../trace/view.ts';

/** A refusal, as the page shows it. */
export interface Refusal {
  readonly code: string;
  readonly reason: string;
  readonly message: string;
}

/** A link to a line of code. */
export interface LineLink {
  readonly text: string;
  readonly href: string;
}

/** What came of an action. */
export interface Outcome {
  readonly traceId: string;
  readonly refusal?: Refusal;
  readonly stop?: LineLink;
  readonly direct: boolean;
  /** A result without a request. */
  readonly note?: string;
}

/** The header that proves that a page of this origin sent a request. */
const OURS = { 'content-type': 'application/json', 'x-reputable-csrf': '1' };

async function get<T>(path: string, init?: RequestInit): Promise<T> {
  const response = await fetch(path, init);
  const content = (await response.json()) as T & { readonly message?: string };
  if (!response.ok) throw new Error(content.message ?? `The launcher answered ${String(response.status)}.`);
  return content;
}

const post = <T>(path: string, body: object) => get<T>(path, { method: 'POST', headers: OURS, body: JSON.stringify(body) });

/** Has the launcher do what a button says, in the name of a demo account. */
export const act = (command: { readonly kind: string; readonly name: string; readonly as: string }) =>
  post<Outcome>('/playground/act', command);

/** The trace of a request; null until it has arrived. */
export const traceOf = (traceId: string, signal: AbortSignal) => get<TraceView | null>(`/playground/trace/${traceId}`, { signal });

/** The states of the services. */
export const health = () => get<Readonly<Record<string, string>>>('/playground/health');

interface GraphQLBody {
  readonly data?: unknown;
  readonly errors?: readonly { readonly message: string; readonly extensions?: { readonly code?: string; readonly reason?: string } }[];
}

/** Sends a request with the browser's own session. */
export async function actAsBrowser(name: string): Promise<Outcome> {
  const request = await get<object>(`/playground/request/${name}`);
  const traceId = hex(16);
  const headers = { ...OURS, traceparent: `00-${traceId}-${hex(8)}-01` };
  const response = await fetch('/graphql', { method: 'POST', headers, body: JSON.stringify(request) });
  const [error] = ((await response.json()) as GraphQLBody).errors ?? [];
  if (!error) return { traceId, direct: false };
  const { code = 'UNKNOWN', reason = 'UNKNOWN' } = error.extensions ?? {};
  const { stop } = await get<{ readonly stop?: LineLink }>(`/playground/stop?${new URLSearchParams({ name, reason }).toString()}`);
  return { traceId, direct: false, refusal: { code, reason, message: error.message }, ...(stop && { stop }) };
}

const hex = (bytes: number) =>
  [...crypto.getRandomValues(new Uint8Array(bytes))].map((byte) => byte.toString(16).padStart(2, '0')).join('');

/** The user of the browser's session. */
export interface SessionUser {
  readonly displayName: string;
  readonly roles: readonly string[];
  readonly reputation: number;
}

/** The user of the browser's session; undefined if nobody is logged in. */
export async function sessionUser(): Promise<SessionUser | undefined> {
  const { loggedIn } = await get<{ readonly loggedIn: boolean }>('/auth/session', { headers: OURS });
  if (!loggedIn) return undefined;
  const query = '{ me { displayName roles reputation } }';
  return (await post<{ readonly data: { readonly me: SessionUser } }>('/graphql', { query })).data.me;
}
