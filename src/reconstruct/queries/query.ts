/**
 * What a query is to the rest of the program: a definition, which says what can be asked of which circuit, what an answer
 * takes, and where the code is that finds it. Definitions are in `registry.ts`.
 */
import type { Writable } from 'node:stream';
import type { Circuit } from '../../circuit/circuit.js';
import type { CutCircuit } from '../../cut/model/cutCircuit.js';
import type { OptionSpec } from '../../options/option.js';
import type { Context, Precision } from '../../run/context.js';
import type { KeptQuestion } from '../../run/directory/manifest.js';
import type { Rates } from '../../run/calibration.js';
import type { FileRecord } from '../../run/files/files.js';
import type { Consumers } from '../engine/contractNetwork.js';
import type { ContractionResult } from '../engine/rangeResult.js';
import type { AnswerData, NetworkMember, Query, TensorNetwork } from '../network/tensorNetwork.js';
import type { AnswerUse } from '../plan/predictPlan.js';
import type { BasisVariant } from './observables.js';
import type { CutFacts } from './outcomeBits.js';
import type { Repair } from '../network/repair.js';
import type { ReducedTensor } from './reduced.js';

/**
 * A query. `Asked` are its options: the property `key`, which asks for it, and others that belong to it alone.
 * `Result` is its answer as it stands under `key` in JSON.
 *
 * It is answered by itself (`alone`), or together with others in one pass over the distribution (`pass`); with both,
 * `pass.streams` decides.
 */
export interface QueryDefinition<Key extends string = string, Asked = unknown, Result = unknown> {
  readonly key: Key;
  readonly options: QueryOptions<Asked>;
  /** Left out: the answer depends on the whole circuit. */
  readonly local?: LocalQuery<Given<Key, Asked>>;
  /** Throws `usage`, before anything is computed, where this circuit cannot be asked so. */
  check?(cut: CutFacts, asked: Given<Key, Asked>): void;
  /**
   * Files in `results/` that hold the answer beside `KEY.json`, relative to the run directory; undefined where nothing is
   * kept, for the answer went elsewhere. Left out: none beside.
   */
  files?(result: Result): readonly string[] | undefined;
  readonly alone?: {
    cost(ledger: CostLedger, asked: Given<Key, Asked>): void;
    readonly answer: () => Promise<AnswerModule<Given<Key, Asked>, Result>>;
  };
  readonly pass?: PassPart<Given<Key, Asked>, Result>;
  /** What adds errors to an answer from tensors that are estimates. Left out: it has none. */
  readonly errors?: () => Promise<ErrorsModule<Given<Key, Asked>, Result>>;
}

/** The options of a query that is asked: the property that asks for it is there. */
export type Given<Key, Asked> = Asked & {
  readonly [K in Key & keyof Asked]-?: Exclude<Asked[K], undefined>;
};

export type QueryOptions<Asked> = {
  readonly [Option in keyof Asked]-?: QueryOption<Exclude<Asked[Option], undefined>>;
};

export interface QueryOption<T = unknown> extends OptionSpec<T> {
  /** What the option is to the query, where it makes no sense without: "limits the search of". */
  readonly belongs?: string;
}

/** A query that depends on the light cone of some outcome bits alone. */
export interface LocalQuery<Asked> {
  /** These bits; undefined where it depends on qubits that no bit is read from. */
  bits(
    asked: Asked,
    circuit: () => Promise<Pick<Circuit, 'outcomes' | 'qubits'>>,
  ): Promise<readonly number[] | undefined>;
  /** The query as on a command line. */
  restate(asked: Asked): string;
  /** The query as a run notes it down that keeps what answers it, and nothing for others. */
  question(asked: Asked): KeptQuestion;
}

/** A module that answers a query by itself. */
export interface AnswerModule<Asked, Result> {
  /** Collective. */
  answer(inquiry: Inquiry, asked: Asked): Promise<Result>;
}

/** A module that says how far an answer from estimates may be off. */
export interface ErrorsModule<Asked, Result> {
  /** Collective. */
  withErrors(inquiry: Inquiry, asked: Asked, result: Result): Promise<Result>;
}

/** What an answer is found from. */
export interface Inquiry extends AnswerData {
  readonly context: Context;
  readonly source: QuerySource;
  /** Hears of this rank's progress from 0 to 1. */
  readonly onWork?: Report | undefined;
  /** Where the whole distribution goes in place of its file: a stream, of which the root's is used, or another file. */
  readonly stream?: Writable | undefined;
  readonly output?: string | undefined;
  /** What is done about values that no circuit has; tensors are repaired already where it is `mlft`. */
  readonly repair?: Repair | undefined;
  /** Collective: evaluates subcircuits read in other bases where their tensors are missing. */
  readonly evaluate: (variants: readonly BasisVariant[]) => Promise<void>;
  /** The tensor of a subcircuit, or of one read in other bases. */
  readonly memberOf: (variant: BasisVariant) => NetworkMember;
  /** Where the tensors keep no outcomes: the questions that they were made for, and how to open them. */
  readonly reduced?: ReducedSource | undefined;
  /** Collective: a file of results is about to be replaced, and what the run says about it no longer holds. */
  readonly forget: (file: string) => Promise<void>;
  /** For use on the root: the record of a file of results, where it is known without reading the file. */
  readonly recorded: (file: string, record: FileRecord | undefined) => void;
}

export interface ReducedSource {
  readonly kept: readonly KeptQuestion[];
  /** Not collective: the tensors of all strings under one name, as members of a network; opened once. */
  membersOf(tensor: ReducedTensor): readonly NetworkMember[];
}

/** What a query is asked of. */
export interface QuerySource {
  /** Where files of results go; undefined where nothing is written. */
  readonly directory: string | undefined;
  readonly cutCircuit: CutCircuit;
  readonly network: TensorNetwork;
  /** Storage of the distribution's file. */
  readonly precision: Precision;
  /** See `Queries.bondTolerance`. */
  readonly bondTolerance?: number | undefined;
  /** Names the contents of the tensors; a distribution that was begun with others is not gone on with. */
  readonly tensors?: string | undefined;
}

export type Report = (fraction: number) => void;

/** A query's part in the pass over the distribution: its values stream by once for all that look out for something. */
export interface PassPart<Asked, Result> {
  /** Of the queries in a pass the one of most weight gives it name, words and size. */
  readonly weight: number;
  readonly what: string;
  /** False where it would rather be answered alone, unless others have the distribution stream by. Left out: true. */
  streams?(cut: CutFacts): boolean;
  /** The outcome bits that a prediction has it go over, and those of them that are 0 by construction. */
  bits(cut: CutFacts): { readonly order: readonly number[]; readonly zeroBits: readonly number[] };
  use(asked: Asked): Pick<AnswerUse, 'sliceBytes' | 'bytes' | 'entropies'>;
  /** What it takes beside the pass. */
  cost?(ledger: CostLedger, asked: Asked): void;
  readonly member: () => Promise<{ readonly member: PassMember<Asked, Result> }>;
}

/** What a query does in a pass. */
export interface PassMember<Asked, Result> {
  /** True where it needs the values of outcomes that are 0 by construction. Left out: false. */
  needsZeros?(asked: Asked): boolean;
  /** Collective: what to look out for. */
  consumers?(inquiry: Inquiry, asked: Asked): Promise<Partial<Consumers>>;
  /** Collective: makes the pass; for the one query that sends the values somewhere. */
  run?(inquiry: Inquiry, asked: Asked, pass: Pass): Promise<ContractionResult>;
  /** What else its part of the answer depends on; two passes that differ in it do not go on from one another's files. */
  identity?(asked: Asked): Promise<unknown>;
  result(found: ContractionResult, source: PassSource, asked: Asked): Result;
}

export interface Pass {
  readonly network: TensorNetwork;
  readonly query: Query;
  readonly consumers: Consumers;
  /** Names what is asked with all that the values, and what is found in them, depend on. */
  readonly question: () => Promise<string>;
}

export interface PassSource extends QuerySource, AnswerData {
  /** Bit i of the index that streamed by is outcome bit `order[i]`. */
  readonly order: readonly number[];
  /** See `Inquiry`. */
  readonly stream?: Writable | undefined;
  readonly output?: string | undefined;
}

/** Adds up what queries would take. */
export interface CostLedger {
  readonly cut: CutCircuit;
  readonly precision: Precision;
  readonly network: TensorNetwork;
  readonly ranks: number;
  /** Of a rank. */
  readonly threads: number;
  readonly rates: Rates;
  /** Bytes of all tensors. */
  readonly tensorBytes: number;
  contraction(contraction: PredictedContraction): void;
  /** Work of another kind: its time, and memory of one rank. */
  work(seconds: number, memoryBytes: number): void;
  /** Bytes written to disk. */
  write(bytes: number): void;
  /** Tensors to be evaluated first. */
  evaluation(variants: readonly BasisVariant[]): void;
  remark(text: string): void;
}

export interface PredictedContraction {
  /** Its name in `timings.json`, and what is contracted in words. */
  readonly query: string;
  readonly what: string;
  /** Outcome bits that are kept: bit i of the answer's index is outcome bit `order[i]`. */
  readonly order: readonly number[];
  /** Of these the bits that are 0 by construction. */
  readonly zeroBits?: readonly number[];
  readonly times: number;
  readonly use?: Pick<AnswerUse, 'sliceBytes' | 'bytes' | 'entropies'>;
  /** Seconds beside the contraction, each time. */
  readonly valueSeconds?: number;
}

/** Bytes that a number takes on its way to the other ranks. */
export const NUMBER_BYTES = 8;
