/** The `ServerSecurity` of each gRPC server that `securedGrpc` has made. */
export const securedServers = new WeakSet();
