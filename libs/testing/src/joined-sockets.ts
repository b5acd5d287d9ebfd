import type { Socket } from 'node:net';

/** Joins two sockets: each gets the data of the other, and ends with it. @param open has both while they are open */
export function joinSockets(one: Socket, two: Socket, open: Set<Socket>): void {
  for (const [socket, other] of [
    [one, two],
    [two, one],
  ] as const) {
    open.add(socket);
    socket.pipe(other);
    socket.on('error', () => other.destroy());
    socket.on('close', () => {
      open.delete(socket);
      other.destroy();
    });
  }
}
