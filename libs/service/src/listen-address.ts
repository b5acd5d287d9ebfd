/** The address to listen on as a gRPC target. IPv6 addresses need brackets. */
export const listenAddress = (host: string, port: number): string => `${host.includes(':') ? `[${host}]` : host}:${port}`;
