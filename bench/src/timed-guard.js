import { AuthenticationGuard as Original, ISSUER_TOKENS } from '../../apps/gateway/src/authentication/authentication.guard.ts';

export { ISSUER_TOKENS };

/** How long the authentications since the last message took, in nanoseconds. */
let times = [];

/**
 * The gateway's guard, with a clock. It answers each message of its parent process with the CPU time used so far, and the median time of the
 * authentications since the last message, in microseconds.
 */
export class AuthenticationGuard extends Original {
  constructor(...dependencies) {
    super(...dependencies);
    const { preHandler } = this;
    this.preHandler = (request, reply, done) => {
      const start = process.hrtime.bigint();
      preHandler(request, reply, (error) => {
        times.push(Number(process.hrtime.bigint() - start));
        done(error);
      });
    };
  }
}

process.on('message', () => {
  const { user, system } = process.cpuUsage();
  const sorted = times.sort((one, other) => one - other);
  process.send({ cpu: user + system, authentication: (sorted[Math.floor(sorted.length / 2)] ?? NaN) / 1000 });
  times = [];
});
