/** A query is one definition: what is registered can be asked, checked, predicted and answered, and nothing else. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { withContext } from '../../../../src/api/context.js';
import { cut } from '../../../../src/api/cut.js';
import { evaluate } from '../../../../src/api/evaluate.js';
import { withRun, type OpenRun } from '../../../../src/api/input/openRun.js';
import { reconstructRun } from '../../../../src/api/reconstruct.js';
import { generateCircuit } from '../../../../src/circuit/families/families.js';
import { readQasm } from '../../../../src/circuit/qasm/readQasm.js';
import { writeQasm } from '../../../../src/circuit/qasm/writeQasm.js';
import { KroncutError } from '../../../../src/error.js';
import { flag, numberFrom } from '../../../../src/options/readers.js';
import { predictReconstruct } from '../../../../src/predict/predictReconstruct.js';
import { contractNetwork } from '../../../../src/reconstruct/engine/contractNetwork.js';
import { allBits, type CutFacts } from '../../../../src/reconstruct/queries/outcomeBits.js';
import type { QueryDefinition } from '../../../../src/reconstruct/queries/query.js';
import {
  askedQueries,
  checkQueries,
  QUERIES,
  QUERY_OPTIONS,
  requireQuery,
  type Queries,
} from '../../../../src/reconstruct/queries/registry.js';
import { stepsOf } from '../../../../src/reconstruct/queries/steps.js';
import { outcomeDistribution } from '../../../support/denseSimulator.js';
import { onLocalRanks } from '../../../support/localCluster.js';
import { checkOptions } from '../../../../src/options/option.js';

interface ParityQuery {
  /** The mean of (-1)^(number of ones among all outcome bits). */
  readonly parity?: boolean;
  readonly paritySign?: number;
}

const parity: QueryDefinition<'parity', ParityQuery, { readonly value: number }> = {
  key: 'parity',
  options: {
    parity: { flags: '--parity', reader: flag },
    paritySign: { flags: '--parity-sign <x>', reader: numberFrom(-1), belongs: 'turns the sign of' },
  },
  check({ outcomeBits }) {
    if (outcomeBits < 2) throw new KroncutError('usage', '--parity: two outcome bits are needed');
  },
  alone: {
    cost: (ledger) => ledger.contraction({ query: 'parity', what: 'parity', order: [], times: 1 }),
    answer: async () => ({
      async answer({ context, source }, { paritySign = 1 }) {
        const actions = new Map(allBits(source.cutCircuit).map((bit) => [bit, 'weigh'] as const));
        const query = { actions, order: [] };
        const { values } = await contractNetwork(context, source.network, query, { values: true });
        return { value: paritySign * (values[0] ?? NaN) };
      },
    }),
  },
};

const REGISTRY = [...QUERIES, parity];

function factsOf(outcomeBits: number): CutFacts {
  return { qubits: outcomeBits, outcomeBits, zeroBits: [] };
}

/** Checks queries of a circuit with so many outcome bits. */
function checkOf(queries: Queries & ParityQuery, bits: number): () => void {
  return () => checkQueries(factsOf(bits), queries, REGISTRY);
}

/** The steps that answer queries, and who shares them. */
function keysOf(bits: number, queries: Queries): string[] {
  return stepsOf(factsOf(bits), queries).map(({ name, pass }) =>
    pass === undefined ? name : `${name}: ${pass.map(({ key }) => key).join(' ')}`,
  );
}

describe('a query that is defined and registered', () => {
  const text = writeQasm(generateCircuit('random', { qubits: 6, depth: 4, seed: 3 }), 2);
  const distribution = outcomeDistribution(readQasm(text, { file: 'random.qasm' }));
  const expected = distribution.reduce((sum, p, index) => {
    const ones = index.toString(2).replaceAll('0', '').length;
    return sum + (ones % 2 === 0 ? p : -p);
  }, 0);
  const asked: Queries & ParityQuery = { parity: true, marginal: [0] };

  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'kroncut-registry-'));
    await cut({ text }, { directory, labels: '000111' });
    await evaluate(directory);
  });
  afterEach(() => rm(directory, { recursive: true, force: true }));

  it('is answered beside the others, as a dense simulation has it, on any number of ranks', async () => {
    for (const size of [1, 2]) {
      const found = await onLocalRanks(size, (cluster) =>
        withContext({ cluster, threads: 1 }, (context) =>
          withRun(context, directory, (run) => reconstructRun(run, asked, REGISTRY)),
        ),
      );
      for (const answers of found) {
        const own = new Map<string, unknown>(Object.entries(answers)).get('parity');
        expect(Object.keys(answers)).toEqual(['marginal', 'parity']);
        expect(own).toEqual({ value: expect.closeTo(expected, 12) });
        const file = await readFile(join(directory, 'results', 'parity.json'), 'utf8');
        expect(JSON.parse(file)).toEqual(own);
      }
    }
  });

  it('is predicted, and its time is noted', async () => {
    await withContext({ threads: 1 }, async (context) => {
      const work = async (run: OpenRun): Promise<void> => {
        const { explanation } = predictReconstruct(context, run.cutCircuit, 'double', asked, {
          registry: REGISTRY,
        });
        expect(explanation.map(({ query }) => query)).toEqual(['marginal', 'parity']);
        await reconstructRun(run, asked, REGISTRY);
        expect(await run.directory().timings()).toHaveProperty('reconstruct parity');
      };
      await withRun(context, directory, work);
    });
  });
});

describe('the definition of a query', () => {
  it('is checked, with the options that belong to it', () => {
    expect(checkOf({ parity: true }, 1)).toThrow('--parity: two outcome bits are needed');
    expect(checkOf({ paritySign: -1, marginal: [0] }, 2)).toThrow(
      'paritySign turns the sign of parity; give that too',
    );
    expect(checkOf({ parity: true, paritySign: -1 }, 2)).not.toThrow();
    expect(() => requireQuery({}, REGISTRY)).toThrow(/expect, parity$/);
  });

  it('is unknown where it is not registered', () => {
    expect(askedQueries({ parity: true })).toEqual([]);
    expect(() => requireQuery({ parity: true })).toThrow(/no query/);
  });
});

describe('the queries of this program', () => {
  it.each(QUERIES.map((definition) => [definition.key, definition] as const))(
    '%s has an option of its own and somebody who answers it',
    async (key, definition: QueryDefinition) => {
      expect(Object.keys(definition.options)[0]).toBe(key);
      const { alone, pass } = definition;
      expect(alone !== undefined || (pass !== undefined && pass.streams === undefined)).toBe(true);
      if (alone !== undefined) expect(await alone.answer()).toHaveProperty('answer', expect.any(Function));
      if (pass !== undefined)
        expect(await pass.member()).toHaveProperty('member.result', expect.any(Function));
    },
  );

  it('share one pass over the distribution, which is called after the largest of them', () => {
    expect(keysOf(10, { top: 3, samples: 1, full: true, moments: true })).toEqual([
      'full: full top moments',
      'samples',
    ]);
    expect(keysOf(10, { expect: 'Z0', moments: true, top: 3 })).toEqual(['moments: top moments', 'expect']);
    expect(keysOf(36, { top: 3 })).toEqual(['top: top']);
  });

  it('have likely outcomes searched for where nothing else has a large distribution stream by', () => {
    expect(keysOf(37, { top: 3, bins: 2 })).toEqual(['top', 'bins']);
    expect(keysOf(37, { top: 3, moments: true })).toEqual(['moments: top moments']);
  });

  it.each<[Queries, RegExp]>([
    [{ depth: 2, full: true }, /^depth is the number of rounds of bins; give that too$/],
    [{ topWork: 1, full: true }, /^topWork limits the search of top; give that too$/],
    [{ crossEntropy: 'p.npy', top: 1 }, /^crossEntropy is one of the numbers of moments; give that too$/],
    [{ checkpointBytes: 1e9, top: 1 }, /^checkpointBytes notes the progress of full; give that too$/],
    [{ samplesFormat: 'npy', top: 1 }, /^samplesFormat belongs to samples; give that too$/],
    [{ terms: true, top: 1 }, /^terms lists the terms of expect; give that too$/],
    [{ top: 0 }, /^top 0: a whole number from 1 to 1000000 is needed$/],
    [{ bins: 17 }, /^bins 17: a whole number from 1 to 16 is needed$/],
    [{ bins: 2, depth: 0 }, /^depth 0: a whole number from 1 to 10000 is needed$/],
    [{ full: true, checkpointBytes: 0 }, /^checkpointBytes 0: a number of bytes is needed/],
    [{ top: 1, bondTolerance: 1 }, /^bondTolerance 1: a number from 0 to below 1 is needed$/],
  ])('%j is refused', (queries, message) => {
    expect(() => {
      checkOptions(QUERY_OPTIONS, queries);
      checkQueries(factsOf(10), queries);
    }).toThrow(message);
  });
});
