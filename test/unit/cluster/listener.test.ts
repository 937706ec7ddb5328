import { describe, expect, it } from 'vitest';
import { ownNetworks, usedAddresses } from '../../../src/cluster/listener.js';

const LOOP = '127.0.0.1';

describe('the addresses that a child tries', () => {
  const parent = {
    addresses: [LOOP, '10.0.0.1', '192.168.3.1', 'fd00::1'],
    networks: ['10.0.0.1/16', '192.168.3.1/24', 'fd00::1/64'],
  };

  it('are those of networks that both are on', () => {
    expect(usedAddresses(parent, ['10.0.200.7/16'])).toEqual(['10.0.0.1']);
    expect(usedAddresses(parent, ['192.168.3.9/24', 'fd00::9/64'])).toEqual(['192.168.3.1', 'fd00::1']);
    // Both have one and the same address: it is of a bridge inside each machine.
    expect(usedAddresses(parent, ['192.168.3.1/24', '10.0.1.1/16'])).toEqual(['10.0.0.1']);
  });

  it('are loopback where both have one network stack, or none', () => {
    expect(usedAddresses(parent, parent.networks)).toEqual([LOOP]);
    expect(usedAddresses({ addresses: [LOOP], networks: [] }, [])).toEqual([LOOP]);
  });

  it('are all where routers lie between', () => {
    expect(usedAddresses(parent, ['172.16.0.1/24'])).toEqual(parent.addresses);
    expect(usedAddresses(parent, [])).toEqual(parent.addresses);
  });

  it('are numbers with the length of a prefix', () => {
    for (const network of ownNetworks()) expect(network).toMatch(/^[\da-f.:]+\/\d+$/);
  });
});
