/** What Docker and compose say when they cannot, and what to do about it. */
const ADVICE: readonly (readonly [says: RegExp, advice: (match: RegExpExecArray) => string])[] = [
  [
    /Bind for [\d.]+:(\d+) failed: port is already allocated|(?:bind|listen)[^\n]*:(\d+)[^\n]*address already in use/i,
    ([, port, other]) => `Port ${port ?? other ?? ''} is taken. Stop what listens there, or set PORT or AUTH_HTTP_PORT.`,
  ],
  [
    /Cannot connect to the Docker daemon|docker daemon running|Couldn't connect to Docker daemon/i,
    () => 'Docker does not run, or is not for you to use. Start it, or set DOCKER_HOST.',
  ],
  [/permission denied[^\n]*docker\.sock/i, () => 'Docker is not for you to use. Join the group docker, or set DOCKER_HOST.'],
  [
    /depends_on[^\n]*(?:contains|invalid|unsupported)|service_completed_successfully|Unsupported config option/i,
    () => 'This docker-compose is too old: 1.29 or later is needed.',
  ],
  [/no space left on device/i, () => 'The disk is full. docker system prune makes room.'],
  [
    /EAI_AGAIN|ENOTFOUND|ETIMEDOUT|network request to https?:\/\/\S+ failed/i,
    () => 'npm reaches no registry from the build. Set NPM_REGISTRY, or BUILD_NETWORK=host.',
  ],
];

/** The line to tell of a command that failed, or undefined if it speaks for itself. */
export function adviceOn(output: string): string | undefined {
  for (const [says, advice] of ADVICE) {
    const match = says.exec(output);
    if (match) return advice(match);
  }
  return undefined;
}
