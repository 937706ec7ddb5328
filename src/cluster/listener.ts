/** Where ranks listen for one another, and where they look. */
import { BlockList, createServer, type Server, type Socket } from 'node:net';
import { networkInterfaces } from 'node:os';
import { ignore } from './lifelineMessages.js';

export const LOOPBACK = '127.0.0.1';

/** Interfaces of this machine alone, which many machines have alike. */
const VIRTUAL = /^(?:docker|br-|virbr|vnet|veth|cni|cali|flannel|podman|lxc|lxd|kube|dummy)/;

/** Addresses of this machine that others may reach, each with the length of its network's prefix: `10.0.0.7/16`. */
export function ownNetworks(): string[] {
  return Object.entries(networkInterfaces()).flatMap(([name, entries]) =>
    VIRTUAL.test(name)
      ? []
      : (entries ?? [])
          .filter(({ internal, address }) => !internal && !address.startsWith('fe80'))
          .map(({ cidr, address }) => cidr ?? address),
  );
}

export function addressOf(network: string): string {
  return network.split('/')[0] ?? network;
}

/**
 * The addresses, among those that a parent listens on, that a child tries: on a network that both are on, else all of them.
 * Both come to the same list.
 */
export function usedAddresses(
  parent: { readonly addresses: readonly string[]; readonly networks: readonly string[] },
  childNetworks: readonly string[],
): readonly string[] {
  const own = new Set(childNetworks.map(addressOf));
  // Ranks on one node, and nodes that share one network stack.
  const together = parent.networks.every((network) => own.has(addressOf(network)));
  const shared = new Set(parent.networks.filter((network) => sharesNetwork(network, own)).map(addressOf));
  const used = parent.addresses.filter((address) =>
    together ? address.startsWith('127.') : shared.has(address),
  );
  return used.length > 0 ? used : parent.addresses;
}

/** True where one of these addresses, other than its own, is on a network. */
function sharesNetwork(network: string, addresses: ReadonlySet<string>): boolean {
  const [address = '', prefix] = network.split('/');
  if (prefix === undefined || addresses.has(address)) return false;
  const list = new BlockList();
  list.addSubnet(address, Number(prefix), familyOf(address));
  return [...addresses].some((other) => list.check(other, familyOf(other)));
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return address.includes(':') ? 'ipv6' : 'ipv4';
}

/** Servers on some addresses, all on one port. */
export class Listener {
  readonly port: number;
  readonly #servers: ReadonlyMap<string, Server>;
  /** Connections that came before anybody took them. */
  readonly #early: Socket[] = [];
  #take: ((socket: Socket) => void) | undefined;

  private constructor(port: number, servers: ReadonlyMap<string, Server>) {
    this.port = port;
    this.#servers = servers;
    for (const server of servers.values()) {
      server.on('connection', (socket) => {
        socket.on('error', ignore);
        if (this.#take === undefined) this.#early.push(socket);
        else this.#take(socket);
      });
    }
  }

  /** Undefined if this machine does not let us listen on any of the addresses. */
  static async open(addresses: readonly string[]): Promise<Listener | undefined> {
    const servers = new Map<string, Server>();
    let port = 0;
    for (const address of addresses) {
      const server = await listen(address, port);
      if (server === undefined) continue;
      servers.set(address, server);
      port = portOf(server);
    }
    return servers.size === 0 ? undefined : new Listener(port, servers);
  }

  get addresses(): string[] {
    return [...this.#servers.keys()];
  }

  /** From now on `take` gets the connections, on these addresses alone. */
  accept(addresses: ReadonlySet<string>, take: (socket: Socket) => void): void {
    for (const [address, server] of this.#servers) if (!addresses.has(address)) server.close();
    this.#take = take;
    this.#early.splice(0).forEach(take);
  }

  close(): void {
    for (const server of this.#servers.values()) server.close().unref();
  }
}

/** Undefined where that is not possible. */
function listen(host: string, port: number): Promise<Server | undefined> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once('error', () => resolve(undefined));
    server.listen({ host, port }, () => resolve(server));
  });
}

function portOf(server: Server): number {
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}
