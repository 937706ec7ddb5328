/** Hosts, ports and names as people write them. */

/** What a client of a pool may call itself. */
export const CLIENT_NAME = /^[\w.:@-]{1,100}$/;
export const CLIENT_NAME_FORM = 'a name of letters, digits and . : @ _ -, at most 100';

/** What a client may call a job: part of a file's name. */
export const JOB_ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/;
export const JOB_ID_FORM =
  'a name of letters, digits and . _ -, at most 100, that begins with a letter or digit';

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
