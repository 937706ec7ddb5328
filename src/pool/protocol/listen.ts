/** Hosts and ports as people write them. */

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
