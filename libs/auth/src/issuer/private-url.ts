const LOOPBACK = ['localhost', '127.0.0.1', '[::1]'];

/** Whether a URL is of this machine. */
export const isLoopback = ({ hostname }: Pick<URL, 'hostname'>) => LOOPBACK.includes(hostname);

/** Whether traffic to a URL is private: https, or on this machine. */
export const isPrivate = (url: URL) => url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url));
