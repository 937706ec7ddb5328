import type { RankPlace } from '../native/comm.js';
import type { Cluster } from './cluster.js';

/** What every cluster knows of its own rank. */
export abstract class Placed implements RankPlace {
  readonly rank: number;
  readonly size: number;
  readonly nodeRank: number;
  readonly nodeSize: number;
  readonly node: number;
  readonly nodes: number;
  readonly isRoot: boolean;

  constructor(
    place: RankPlace,
    readonly launcher: Cluster['launcher'],
  ) {
    this.rank = place.rank;
    this.size = place.size;
    this.nodeRank = place.nodeRank;
    this.nodeSize = place.nodeSize;
    this.node = place.node;
    this.nodes = place.nodes;
    this.isRoot = place.rank === 0;
  }
}
