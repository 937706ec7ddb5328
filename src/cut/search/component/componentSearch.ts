/** The search for the cuts of least weight in one connected component that is too wide. */
import { branchAndBound } from '../exact/branchAndBound.js';
import { leastCuts, leastParts } from '../exact/bounds.js';
import { cutMip, partsFromSolution } from '../exact/cutMip.js';
import { eliminate } from '../exact/elimination.js';
import { anneal, cutOrder, sweepOrders } from '../heuristic/anneal.js';
import { better, candidate, separatePieces, type Candidate } from '../problem/candidate.js';
import { splitBound } from '../exact/splitBound.js';
import { solveMip, type MipModel, type MipResult } from '../exact/highsSolver.js';
import { levelledSearch } from '../heuristic/levelledSearch.js';
import type { Pace } from '../../../run/resources/pace.js';
import { checkSplit } from '../../solution/splitChecker.js';
import type { SharedProblem, StartRunner } from '../heuristic/startPool.js';
import { qubitParts } from '../heuristic/qubitParts.js';
import { leastWeight, type CutProblem } from '../problem/cutProblem.js';
import { GATE_STEPS, STEPS_WITHOUT_ANSWER, WIRE_STEPS, type Step } from './searchSteps.js';

/** Best partition with at most a number of parts, and what is known about all of them. */
export interface Outcome {
  readonly best: Candidate | undefined;
  /** No partition weighs less; Infinity: no partition exists. */
  readonly lower: number;
}

export function isProven({ best, lower }: Outcome): boolean {
  return best === undefined ? lower === Infinity : lower >= best.cuts;
}

/** Proposals of one annealing run: by problem size, within bounds that keep it well below a second. */
const proposalsFor = (nodes: number): number => Math.min(1_500_000, 60_000 + 1_500 * nodes);

/** Temperatures, in cuts, at which annealing from scratch begins. */
const ANNEALING_STARTS = [2, 0.8];

/** Share of the time for the first heuristics, which small problems never use up. */
const HEURISTIC_SHARE = 0.3;

/** From this number of nodes on, starts on several levels find more than annealing all nodes alike. */
const LEVELLED_NODES = 250;

/** Share of the time for eliminating nodes, which takes little where it succeeds at all. */
const THIN_SHARE = 0.15;

/** From this number of nodes on, nothing else does anything: it has most of the time. */
const LARGE_NODES = 4000;
const LARGE_SHARE = 0.9;

/** Seconds beyond the limit for finding out what would be feasible, where nothing was found. */
const GRACE = 2;

/** Temperature at which annealing ends, in cuts: hardly a move for the worse is taken any more. */
const COLD = 0.12;

/** Edges that are looked at for a bound by windows: some tenths of a second. */
const SPLIT_WORK = 3e7;

/** Numbers of parts of qubits above the least that are tried. */
const SPARE_PARTS = [0, 1, 2];

/** Columns of edges above which a program is too large to be solved within any patience. */
const LARGEST_PROGRAM = 6000;

/**
 * Where work is counted in place of time: seconds until the program solver has seen its first node, and nodes that it
 * then sees in as many seconds.
 */
const SECONDS_PER_COLUMN = 0.02;
const NODES_PER_START = 40;

/** What all searches of a circuit share. */
export interface SearchSettings {
  readonly maxWidth: number;
  readonly pace: Pace;
  readonly seed: number;
  readonly signal?: AbortSignal | undefined;
  /** Threads for independent starts; default: one. */
  readonly threads?: number | undefined;
  /** Most time for proving what the first heuristics found; default: as much as there is. */
  readonly proofSeconds?: number | undefined;
  /** Where else independent starts of a large problem can be made; default: nowhere. */
  readonly elsewhere?: ((shared: SharedProblem) => StartRunner) | undefined;
  /** Called whenever a search knows more; its `status` says what. */
  readonly onChange?: (() => void) | undefined;
}

export class ComponentSearch {
  /** What is known so far. */
  status: { readonly cuts: number | undefined; readonly lower: number } = { cuts: undefined, lower: 0 };
  private readonly known = new Map<number, Outcome>();
  private readonly orders: Int32Array[];
  private readonly pace: Pace;
  readonly maxWidth: number;
  /** Fewest parts that the widths allow at all. */
  readonly leastParts: number;

  constructor(
    readonly problem: CutProblem,
    private readonly qubitsOfNode: readonly (readonly number[])[],
    private readonly settings: SearchSettings,
  ) {
    this.maxWidth = settings.maxWidth;
    this.pace = settings.pace;
    this.orders = sweepOrders(problem, qubitsOfNode);
    this.leastParts = leastParts(problem, settings.maxWidth);
    if (this.leastParts === 1) this.status = { cuts: 0, lower: 0 };
  }

  /** Fewest cuts with at most `maxParts` parts (Infinity: any number). `seconds` is the time to prove and improve. */
  async solve(maxParts: number, seconds: number): Promise<Outcome> {
    const { problem } = this;
    const limit = Math.min(maxParts, problem.nodes);
    if (this.leastParts === 1)
      return { best: { part: new Int32Array(problem.nodes), cuts: 0, parts: 1 }, lower: 0 };
    const known = this.known.get(limit);
    if (known !== undefined) return known;
    const bound = leastCuts(problem, this.maxWidth, limit);
    let outcome: Outcome = { best: undefined, lower: bound };
    this.report(outcome);
    const many = problem.nodes >= LEVELLED_NODES;
    const large = problem.nodes >= LARGE_NODES;
    if (bound < Infinity && many) outcome = await this.split(limit, outcome);
    if (bound < Infinity && many && !isProven(outcome))
      outcome = await this.thin(limit, outcome, THIN_SHARE * seconds);
    if (bound < Infinity && !isProven(outcome)) {
      const share = large ? LARGE_SHARE : HEURISTIC_SHARE;
      const best = await this.heuristic(limit, outcome, share * seconds);
      outcome = { ...outcome, best: better(outcome.best, best) };
    }
    if (!isProven(outcome) && bound < Infinity)
      outcome = await this.thin(limit, outcome, 2 * THIN_SHARE * seconds);
    // What has no answer yet is worth all the time that there is.
    const proof = outcome.best === undefined ? undefined : this.settings.proofSeconds;
    const time = Math.min(seconds, this.pace.left, proof ?? Infinity);
    this.report(outcome);
    if (!isProven(outcome)) outcome = await this.windows(outcome);
    const certain = outcome.lower;
    for (const [step, share] of this.steps(outcome)) {
      if (isProven(outcome)) break;
      outcome = await this[step](limit, outcome, share * time);
    }
    const { best } = outcome;
    this.report(outcome);
    const result = {
      lower: problem.exactLoads ? outcome.lower : Math.min(outcome.lower, certain),
      best: best && separatePieces(problem, best, limit),
    };
    this.known.set(limit, result);
    return result;
  }

  private steps({ best }: Outcome): readonly (readonly [Step, number])[] {
    if (best === undefined) return STEPS_WITHOUT_ANSWER;
    if (this.problem.nodes >= LARGE_NODES) return [];
    return this.problem.wiresOnly ? WIRE_STEPS : GATE_STEPS;
  }

  /** Sweeps, then annealing with different numbers of parts, until `lower` is met or `seconds` are over. */
  private async heuristic(
    maxParts: number,
    { best: known, lower }: Outcome,
    seconds: number,
  ): Promise<Candidate | undefined> {
    const end = this.pace.seconds + seconds;
    const { nodes } = this.problem;
    const levelled =
      nodes < LEVELLED_NODES ? undefined : await this.levelled(maxParts, lower, this.pace.until(end));
    const plain = nodes < LEVELLED_NODES ? await this.plain(maxParts) : known;
    const first = better(levelled, plain);
    if (first !== undefined && (nodes >= LARGE_NODES || first.cuts <= lower)) return first;
    let best = better(first, await this.sweep(this.maxWidth, maxParts));
    // Where intervals need too many parts, annealing often gets by with fewer.
    const start = best ?? (await this.sweep(this.maxWidth, Infinity));
    if (start !== undefined && start.cuts > lower) {
      const polished = await this.polished(start, 0);
      if (polished !== undefined && polished.parts <= maxParts) best = better(best, polished);
    }
    for (const slots of this.slotOrder(best, maxParts)) {
      if ((best?.cuts ?? Infinity) <= lower || this.pace.seconds > end) break;
      best = better(best, await this.annealed(slots, best));
    }
    return best;
  }

  /** Parts of qubits, where gates may be cut; with so many parts more than the least where nodes are many. */
  private async plain(maxParts: number, spare = SPARE_PARTS): Promise<Candidate | undefined> {
    const { problem, qubitsOfNode, maxWidth, leastParts, settings, pace } = this;
    if (problem.wiresOnly) return undefined;
    // Annealing finds them by itself where nodes are few.
    const more = problem.nodes >= LEVELLED_NODES ? spare : [];
    const limits = { maxWidth, leastParts, maxParts, seed: settings.seed, more };
    return qubitParts(problem, qubitsOfNode, limits, pace);
  }

  private async levelled(maxParts: number, lower: number, pace: Pace): Promise<Candidate | undefined> {
    const { problem, qubitsOfNode, maxWidth, leastParts, settings } = this;
    const { seed, threads, elsewhere } = settings;
    const limits = { maxWidth, leastParts, maxParts, lower };
    const parallel = { threads, elsewhere: problem.nodes < LARGE_NODES ? undefined : elsewhere };
    return levelledSearch({ problem, qubitsOfNode }, limits, { seed, ...parallel }, pace, (best) =>
      this.report({ best, lower }),
    );
  }

  /** Numbers of parts worth a try: those near the best answer's, and the fewest. */
  private slotOrder(best: Candidate | undefined, maxParts: number): number[] {
    const near = best === undefined ? [maxParts] : [0, -1, 1, -2].map((step) => best.parts + step);
    const few = [0, 1, 2, 3].map((step) => this.leastParts + step);
    return [...new Set([...near, ...few])].filter((slots) => {
      return slots >= this.leastParts && slots <= maxParts && slots <= this.mostParts(best);
    });
  }

  /** A number of parts that suffices, few if the heuristics are lucky; undefined where none was found. */
  async enoughParts(): Promise<number | undefined> {
    if (this.leastParts === 1) return 1;
    const swept = await this.sweep(this.maxWidth, Infinity);
    const found = swept && ((await this.polished(swept, 0)) ?? swept);
    const most = found?.parts ?? this.problem.nodes;
    for (let parts = this.leastParts; parts < most && this.pace.left > -GRACE; parts += 1) {
      if ((await this.sweep(this.maxWidth, parts)) !== undefined) return parts;
      if ((await this.annealed(parts)) !== undefined) return parts;
    }
    return found?.parts;
  }

  /** The best interval partition over all orders. */
  async sweep(maxWidth: number, maxParts: number): Promise<Candidate | undefined> {
    let best: Candidate | undefined;
    for (const [i, order] of this.orders.entries()) {
      // One order is tried even when the time is over: any answer is better than none.
      if (i > 0 && (this.pace.left < -GRACE || (this.pace.over && best !== undefined))) break;
      best = better(best, await cutOrder(this.problem, order, maxWidth, maxParts, this.pace));
    }
    return best;
  }

  /** Proposals that annealing from scratch makes. */
  get annealingWork(): number {
    return ANNEALING_STARTS.length * proposalsFor(this.problem.nodes);
  }

  /** Annealing with a number of parts: from scratch, and from the best known partition where that has no more. */
  async annealed(
    slots: number,
    from?: Candidate,
    maxWidth = this.maxWidth,
    round = 0,
  ): Promise<Candidate | undefined> {
    const { nodes } = this.problem;
    const scratch = new Int32Array(nodes);
    this.orders[0]?.forEach((node, place) => (scratch[node] = Math.floor((place * slots) / nodes)));
    const seed = this.settings.seed + 1009 * slots + 100_003 * round;
    const settings = { slots, maxWidth, cold: COLD, proposals: proposalsFor(nodes) };
    let best =
      from !== undefined && from.parts <= slots ? await this.polished(from, round, slots) : undefined;
    for (const [run, hot] of ANNEALING_STARTS.entries()) {
      const found = await anneal(this.problem, scratch, { ...settings, hot, seed: seed + run }, this.pace);
      best = better(best, found);
    }
    return best;
  }

  /** Gentle annealing from a good partition. */
  private async polished(from: Candidate, round: number, slots = from.parts): Promise<Candidate | undefined> {
    const { problem, maxWidth, pace } = this;
    const seed = this.settings.seed + 7919 * slots + 100_003 * round;
    const proposals = proposalsFor(problem.nodes);
    return anneal(problem, from.part, { slots, maxWidth, cold: COLD, hot: 0.5, proposals, seed }, pace);
  }

  /** Parts of whole qubits, which where gates fall into clusters are the answer, and a bound that may prove it. */
  private async split(maxParts: number, outcome: Outcome): Promise<Outcome> {
    const best = better(outcome.best, await this.plain(maxParts, SPARE_PARTS.slice(0, 1)));
    const found = await this.windows({ ...outcome, best });
    if (isProven(found)) return found;
    const other = better(best, await this.plain(maxParts, SPARE_PARTS.slice(1)));
    return other === best ? found : this.windows({ ...found, best: other });
  }

  /** A bound by the windows of the best answer. */
  private async windows({ best, lower }: Outcome): Promise<Outcome> {
    if (best === undefined) return { best, lower };
    const work = { left: SPLIT_WORK, pace: this.pace };
    const found = await splitBound(this.problem, best.part, this.maxWidth, work);
    if (found === undefined || found.lower <= lower) return { best, lower };
    checkSplit(this.problem, found.certificate, found.lower);
    return { best, lower: Math.min(best.cuts, found.lower) };
  }

  /** The optimum of thin graphs, and a bound for them where parts are limited. */
  private async thin(maxParts: number, { best, lower }: Outcome, seconds: number): Promise<Outcome> {
    const pace = this.pace.until(this.pace.seconds + seconds);
    const found = await eliminate(this.problem, this.maxWidth, pace, best?.cuts);
    if (found === undefined) return { best, lower };
    // Elimination knows no gates: with a limit on them it may answer what does not fit, but bounds what does.
    const fits = found.parts <= maxParts ? candidate(this.problem, found.part, this.maxWidth) : undefined;
    return { best: better(best, fits), lower: Math.max(lower, found.cuts) };
  }

  /** Branch and bound for one more of the cheapest cuts each time, so that what it has excluded counts when the time runs out. */
  private async branch(maxParts: number, known: Outcome, seconds: number): Promise<Outcome> {
    const { problem, maxWidth, pace } = this;
    const end = pace.seconds + seconds;
    const most = this.mostCuts(maxParts);
    const step = Math.max(leastWeight(problem), Math.ceil(problem.unit / 4));
    let { lower } = known;
    while (lower < (known.best?.cuts ?? most + 1)) {
      const limits = {
        maxWidth,
        maxParts,
        fewerThan: Math.min(lower + step, known.best?.cuts ?? Infinity),
        seconds: end - pace.seconds,
      };
      const { best, complete } = await branchAndBound(problem, limits, pace);
      if (best !== undefined) return { best, lower: complete ? best.cuts : lower };
      if (!complete) return { ...known, lower };
      lower += step;
      this.report({ best: known.best, lower });
    }
    return { best: known.best, lower: known.best === undefined ? Infinity : lower };
  }

  /** Annealing again with other seeds. */
  private async restart(maxParts: number, known: Outcome, seconds: number): Promise<Outcome> {
    const end = this.pace.seconds + seconds;
    let { best } = known;
    for (let round = 1; this.pace.seconds < end && !this.pace.over; round += 1) {
      for (const slots of this.slotOrder(best, maxParts)) {
        if (this.pace.seconds > end) break;
        best = better(best, await this.annealed(slots, best, this.maxWidth, round));
        this.report({ best, lower: known.lower });
        if (best !== undefined && best.cuts <= known.lower) return { ...known, best };
      }
    }
    return { ...known, best };
  }

  /** Programs with 2, 3, ... parts, each asked for fewer cuts than the best known. */
  private async program(maxParts: number, known: Outcome, seconds: number): Promise<Outcome> {
    const { problem, maxWidth } = this;
    const { unit } = problem;
    const end = this.pace.seconds + seconds;
    let { best, lower } = known;
    for (let parts = this.leastParts; parts <= maxParts; parts += 1) {
      if (best !== undefined && parts > this.mostParts(best)) return { best, lower: best.cuts };
      const left = Math.min(this.pace.left, end - this.pace.seconds);
      if (left <= 0 || parts * problem.from.length > LARGEST_PROGRAM) return { best, lower };
      const mostCuts = Math.min(this.mostCuts(parts), best === undefined ? Infinity : best.cuts - 1);
      let reached = Infinity;
      let stopped = false;
      if (mostCuts >= lower) {
        const model = cutMip(problem, { parts, maxWidth, leastCuts: lower, mostCuts });
        const { status, solution, bound } = await this.solved(model, parts * problem.from.length, left);
        const placed = solution && partsFromSolution(solution, problem.nodes, parts);
        const found = placed && candidate(problem, placed, maxWidth);
        best = better(best, found);
        // A solution that is not one when counted exactly proves nothing.
        stopped = status === 'stopped' || (status === 'optimal' && found === undefined);
        if (stopped) reached = Math.ceil(bound * unit - 1e-6 * unit);
        else if (status === 'optimal') reached = best?.cuts ?? Infinity;
      }
      const wider = parts < maxParts ? Math.max(parts * leastWeight(problem), lower) : Infinity;
      lower = Math.max(lower, Math.min(best?.cuts ?? Infinity, reached, wider));
      if (stopped) return { best, lower };
    }
    return { best, lower: best === undefined ? Infinity : lower };
  }

  /** Runs the solver, whose work a clock that counts work does not see. */
  private async solved(model: MipModel, columns: number, seconds: number): Promise<MipResult> {
    const { spend } = this.pace.clock;
    if (spend === undefined) return solveMip(model, { seconds }, this.settings.signal);
    const first = SECONDS_PER_COLUMN * columns;
    spend(1000 * Math.min(first, seconds));
    if (first > seconds) return { status: 'stopped', solution: undefined, bound: -Infinity };
    const nodes = Math.ceil((NODES_PER_START * seconds) / first);
    return solveMip(model, { nodes }, this.settings.signal);
  }

  private report({ best, lower }: Outcome): void {
    this.status = { cuts: best?.cuts, lower };
    this.settings.onChange?.();
  }

  /** No partition into at most `parts` parts weighs more: all widths together are qubits + wire cuts. */
  private mostCuts(parts: number): number {
    const { qubits, weight, wiresOnly } = this.problem;
    const all = weight.reduce((sum, value) => sum + value, 0);
    return wiresOnly ? Math.min(parts * this.maxWidth - qubits, all) : all;
  }

  /** Most parts of a partition that weighs less: c cuts of a connected component leave at most c + 1 parts. */
  private mostParts(best: Candidate | undefined): number {
    return best === undefined ? Infinity : Math.floor((best.cuts - 1) / leastWeight(this.problem)) + 1;
  }
}
