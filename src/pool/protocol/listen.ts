/** Hosts, ports and names as people write them. */

/** What a client of a pool may call itself. */
export const CLIENT_NAME = /^[\w.:@-]{1,100}$/;

export interface Place {
  readonly host: string;
  readonly port: number;
}

/** `HOST:PORT`, with brackets around a host that is an IPv6 address; undefined for other texts. */
export function parseListen(text: string): Place | undefined {
  const [, host = '', port = ''] = /^(\[[^\]]+\]|[^:/[\]]+):(\d{1,5})$/.exec(text) ?? [];
  if (host === '' || Number(port) > 65_535) return undefined;
  return { host: host.startsWith('[') ? host.slice(1, -1) : host, port: Number(port) };
}
