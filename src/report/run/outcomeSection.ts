/** What comes out: the answers that the run holds. */
import { bars, groupedBars, points } from '../charts.js';
import { html, type Content, type Html } from '../html.js';
import { figureOf, missingNote, tableOf, type Missing, type Section } from '../page.js';
import { figure, percent, plural, withError } from '../words.js';
import type {
  DistributionFact,
  Estimate,
  Held,
  OutcomeFact,
  RunFacts,
  TermFact,
  VerifyFact,
} from './facts.js';

/** Outcomes and terms that are listed and plotted at most. */
const MOST_LISTED = 50;
const MOST_PLOTTED = 16;
const MOST_TERMS = 30;
const MOST_BITS = 256;
/** Bits that a label below a bar has room for. */
const LABEL_BITS = 10;
/** Probabilities below this part of the largest one are rounding, where they are exact. */
const NOISE = 1e-12;

export function outcomeSection(facts: RunFacts): Section {
  const { top, distribution, ones, expect, verify, manifest } = facts;
  const sampled = manifest.options.sampling !== null && manifest.options.sampling.data !== 'exact';
  const plots = [shown(distribution, distributionHtml), shown(ones, onesHtml)];
  return {
    id: 'outcomes',
    title: 'Outcomes',
    body: html`${sampled ? html`<p>Every number here is an estimate from shots; error bars are intervals of 95 %.</p>` : undefined}
      ${shown(top, topHtml)}
      <div class="grid">${plots}</div>
      ${shown(expect, expectHtml)}${shown(verify, verifyHtml)}${missingList(facts)}`,
  };
}

function shown<T>(answer: Held<T>, show: (found: T) => Content): Content {
  return 'held' in answer ? show(answer.held) : undefined;
}

/** What the run does not hold, once each. */
function missingList(facts: RunFacts): Content {
  const notes = new Map(missingOf(facts).map((missing) => [missing.what, missingNote(missing)]));
  return notes.size === 0
    ? undefined
    : html`<h3>Not in this run</h3>
        ${[...notes.values()]}`;
}

/** What the page says that the run does not hold. */
export function missingOf({ top, distribution, ones, expect, verify }: RunFacts): Missing[] {
  const all: readonly Held<unknown>[] = [top, distribution, ones, expect, verify];
  return all.flatMap((each) => ('missing' in each ? [each.missing] : []));
}

function ends({ value, error, interval }: Estimate): { low?: number; high?: number } {
  if (interval !== undefined && interval !== null) return { low: interval[0], high: interval[1] };
  if (typeof error === 'number' && error > 0)
    return { low: value - 1.96 * error, high: value + 1.96 * error };
  return {};
}

function topHtml({ proven, bound, outcomes }: RunFacts['top'] extends Held<infer T> ? T : never): Content {
  const largest = outcomes.reduce((most, { value }) => Math.max(most, value), 0);
  const real = outcomes.filter(({ value, error }) => typeof error === 'number' || value > NOISE * largest);
  const rest = outcomes.length - real.length;
  const listed = real.slice(0, MOST_LISTED);
  const rows = listed.map((each, i): Content[] => [
    i + 1,
    html`<code>${each.bits}</code>`,
    withError(each.value, each.error),
  ]);
  const sum = real.reduce((total, { value }) => total + value, 0);
  const estimates = real.some(({ error }) => typeof error === 'number');
  const certainty = proven
    ? 'Proven: no other outcome is more likely.'
    : bound > 0 && !estimates
      ? `Not proven: others may have up to ${figure(bound)}.`
      : 'Estimates do not prove that no other outcome is more likely.';
  return html`<h3>Most likely outcomes</h3>
    <p>
      ${plural(real.length, 'outcome')} hold ${percent(sum)} of the probability. ${certainty}
      ${rest > 0 ? `${plural(rest, 'further outcome')} of the answer ${rest === 1 ? 'is' : 'are'} zero but for rounding.` : undefined}
      ${listed.length < real.length ? `The first ${listed.length} are listed.` : undefined} Bit 0 stands last.
    </p>
    <div class="grid">
      ${topPlot(listed)}
      <div>${tableOf([{ name: '#' }, { name: 'Outcome', text: true }, { name: 'Probability' }], rows)}</div>
    </div>`;
}

function topPlot(outcomes: readonly OutcomeFact[]): Html {
  const shown = outcomes.slice(0, MOST_PLOTTED);
  const named = shown.every(({ bits }) => bits.length <= LABEL_BITS);
  const plotted = shown.map((each, i) => ({
    label: named ? each.bits : String(i + 1),
    value: each.value,
    ...ends(each),
  }));
  return figureOf(
    'Probability of the most likely outcomes',
    shown.some(({ error }) => typeof error === 'number' && error > 0)
      ? 'With intervals of 95 %.'
      : 'Exact but for rounding.',
    bars(
      plotted,
      { name: 'probability', min: 0, format: axisNumber },
      'Bars of the most likely outcomes',
      named ? 'outcome' : 'place in the list',
    ),
  );
}

function axisNumber(value: number): string {
  return value === 0 ? '0' : figure(value, 3);
}

function distributionHtml({
  outcomeBits,
  sum,
  min,
  max,
  entropyBits,
  spread,
  values,
}: DistributionFact): Content {
  const plot =
    values === null
      ? figureOf(
          'How the probability is spread',
          'Outcomes sorted by how likely they are: each group’s share of all outcomes, and of the probability.',
          groupedBars(
            spread.map(({ from }) => powerOfTen(from)),
            [
              {
                name: 'share of outcomes',
                values: spread.map(({ outcomes }) => outcomes / 2 ** outcomeBits),
              },
              { name: 'share of probability', values: spread.map(({ probability }) => probability / sum) },
            ],
            { name: '', min: 0, format: percent },
            'Histogram of probabilities',
            'probability of one outcome, from',
          ),
        )
      : figureOf(
          'All outcomes',
          'Bit 0 stands last.',
          bars(
            values.map((value, k) => ({ label: k.toString(2).padStart(outcomeBits, '0'), value })),
            {
              name: 'probability',
              min: Math.min(0, ...values.map((p) => (p < -1e-9 ? p : 0))),
              format: axisNumber,
            },
            'Bars of all outcomes',
            'outcome',
          ),
        );
  return html`<div>
    ${plot}
    <p class="note">
      ${figure(2 ** outcomeBits)} outcomes with a sum of ${figure(sum, 6)}, from ${figure(min, 3)} to
      ${figure(max, 3)}; entropy ${figure(entropyBits)} bits.
    </p>
  </div>`;
}

/** Groups that begin between powers of ten have no label. */
function powerOfTen(from: number): string {
  const whole = Math.abs(Math.log10(from) - Math.round(Math.log10(from))) < 1e-6;
  return from === 0 ? 'less' : whole ? figure(10 ** Math.round(Math.log10(from)), 1) : '';
}

function onesHtml(bits: RunFacts['ones'] extends Held<infer T> ? T : never): Content {
  const shown = bits.slice(0, MOST_BITS);
  const plot = bars(
    shown.map((each) => ({ label: String(each.bit), value: each.value, ...ends(each) })),
    { name: 'probability of 1', min: 0, max: 1, step: 0.25, format: String },
    'Probability that each outcome bit is 1',
    'outcome bit',
  );
  const note =
    shown.length < bits.length
      ? `The first ${shown.length} of ${bits.length} bits.`
      : 'One bit at a time, whatever the others are.';
  return figureOf('How often each bit is 1', note, plot);
}

function expectHtml({ terms, ...sum }: Estimate & { readonly terms: readonly TermFact[] }): Content {
  const whole = html`<h3>Expectation value</h3>
    <p>The sum of Pauli strings that was asked for: <strong>${sumText(sum, terms)}</strong></p>`;
  if (terms.length === 0) return whole;
  const shown = terms.slice(0, MOST_TERMS);
  const plot = figureOf(
    'Terms',
    `${shown.length < terms.length ? `The first ${shown.length} of ${terms.length}; ` : ''}Each without its coefficient.`,
    points(
      shown.map((term) => ({ label: shortened(term.pauli), value: term.value, ...ends(term) })),
      { name: 'expectation value', min: -1, max: 1 },
      'Expectation values by term',
    ),
  );
  const rows = shown.map((term): Content[] => [
    html`<code>${term.pauli === '' ? 'I' : term.pauli}</code>`,
    figure(term.coefficient),
    withError(Math.abs(term.value) < NOISE ? 0 : term.value, term.error),
  ]);
  return html`${whole}
    <div class="grid">
      ${plot}
      <div>${tableOf([{ name: 'Term', text: true }, { name: 'Coefficient' }, { name: 'Value' }], rows)}</div>
    </div>`;
}

/** What is left of nothing after rounding is nothing. */
function sumText({ value, error }: Estimate, terms: readonly TermFact[]): string {
  const scale = terms.reduce((sum, { coefficient }) => sum + Math.abs(coefficient), 0) || 1;
  const exact = typeof error !== 'number';
  return exact && Math.abs(value) < NOISE * scale ? '0 (within rounding)' : withError(value, error);
}

function shortened(label: string): string {
  return label.length > 18 ? `${label.slice(0, 17)}…` : label;
}

function verifyHtml({
  passed,
  maxAbsError,
  tolerance,
  against,
  hellingerFidelity,
  largestInErrors,
}: VerifyFact): Content {
  const verdict = passed ? html`<span class="good">Agrees</span>` : html`<span class="bad">Differs</span>`;
  const limit =
    largestInErrors === undefined
      ? `largest error ${figure(maxAbsError, 3)}, tolerance ${figure(tolerance)}`
      : `at most ${figure(largestInErrors, 3)} standard errors off, largest difference of a probability ${figure(maxAbsError, 3)}`;
  const fidelity =
    hellingerFidelity === undefined ? '' : `; Hellinger fidelity ${figure(hellingerFidelity, 6)}`;
  return html`<h3>Check</h3>
    <p>${verdict} with ${against}: ${limit}${fidelity}.</p>`;
}
