/**
 * Plots as SVG, drawn without a browser by ECharts. Colours are variables of the page's style, so that one plot serves
 * light and dark screens and paper.
 */
import { init } from 'echarts/dist/echarts.esm.min.mjs';
import type { EChartsCoreOption } from 'echarts/core';
import { escapeText, html, Html } from './html.js';

const WIDTH = 480;
/** Labels below bars that all have room. */
const MOST_LABELS = 24;
const INK = 'var(--ink)';
const MUTED = 'var(--muted)';
const GRID = 'var(--grid)';
const LINE = 'var(--line)';
const COLOURS = ['var(--accent)', 'var(--accent-2)'] as const;

/** A value that is plotted, with the ends of its error bar where it is an estimate. */
export interface Plotted {
  readonly label: string;
  readonly value: number;
  readonly low?: number | undefined;
  readonly high?: number | undefined;
}

export interface Axis {
  readonly name: string;
  readonly min?: number;
  readonly max?: number;
  readonly format?: (value: number) => string;
  /** Between lines of the grid; default: as it comes out. */
  readonly step?: number;
}

/** Draws what the options say. `description` is for those who do not see the plot. */
function draw(option: EChartsCoreOption, height: number, description: string, width = WIDTH): Html {
  const chart = init(null, null, { renderer: 'svg', ssr: true, width, height });
  try {
    chart.setOption({
      animation: false,
      color: [...COLOURS],
      textStyle: { fontFamily: 'inherit', fontSize: 11, color: INK },
      ...option,
    });
    return new Html(tidied(chart.renderToSVGString(), description));
  } finally {
    chart.dispose();
  }
}

/** Without what only a script of the library would use; the size is that of the place in the page. */
function tidied(svg: string, description: string): string {
  return svg
    .replaceAll(/<style\s*>.*?<\/style>/gs, '')
    .replaceAll(/ (?:ecmeta_\w+|class|pointer-events|xmlns:xlink|version|baseProfile)="[^"]*"/g, '')
    .replace('<svg ', `<svg class="plot" role="img" aria-label="${escapeText(description)}" `)
    .replaceAll(/>\s+</g, '><');
}

const AXIS = {
  axisLine: { lineStyle: { color: LINE } },
  axisTick: { lineStyle: { color: LINE } },
  axisLabel: { color: MUTED, fontSize: 11 },
  splitLine: { lineStyle: { color: GRID } },
  nameTextStyle: { color: MUTED, fontSize: 11 },
};

function valueAxis({ name, min, max, format, step }: Axis, horizontal: boolean): object {
  return {
    ...AXIS,
    type: 'value',
    name,
    nameLocation: horizontal ? 'middle' : 'end',
    nameGap: horizontal ? 28 : 12,
    nameTextStyle: { ...AXIS.nameTextStyle, align: horizontal ? 'center' : 'left' },
    axisLine: { show: false },
    axisTick: { show: false },
    splitNumber: 4,
    ...(step === undefined ? {} : { interval: step }),
    ...(min === undefined ? {} : { min }),
    ...(max === undefined ? {} : { max }),
    axisLabel: { ...AXIS.axisLabel, ...(format === undefined ? {} : { formatter: format }) },
  };
}

/** Pixels for labels at the left. What letters the browser has is not known, so these are wide ones. */
function room(labels: readonly string[]): number {
  return 16 + 6.9 * labels.reduce((most, { length }) => Math.max(most, length), 0);
}

/** Whiskers from low to high at places along an axis of categories. */
function whiskers(points: readonly Plotted[], horizontal: boolean): object {
  const data = points.flatMap(({ low, high }, i) =>
    low === undefined || high === undefined ? [] : [[i, low, high]],
  );
  const arm = points.length > 40 ? 1.5 : 4;
  return {
    type: 'custom',
    silent: true,
    z: 5,
    encode: horizontal ? { y: 0, x: [1, 2] } : { x: 0, y: [1, 2] },
    data,
    renderItem(_: unknown, api: { value(i: number): number; coord(at: readonly number[]): number[] }) {
      const at = (value: number): [number, number] => {
        const [x = 0, y = 0] = api.coord(horizontal ? [value, api.value(0)] : [api.value(0), value]);
        return [x, y];
      };
      const [low, high] = [at(api.value(1)), at(api.value(2))];
      const d = `M${low.join(' ')}L${high.join(' ')}${capAt(low, arm, horizontal)}${capAt(high, arm, horizontal)}`;
      return { type: 'path', shape: { d }, style: { stroke: INK, lineWidth: 1.2, fill: 'none' } };
    },
  };
}

function capAt([x, y]: readonly [number, number], arm: number, horizontal: boolean): string {
  return horizontal ? `M${x} ${y - arm}V${y + arm}` : `M${x - arm} ${y}H${x + arm}`;
}

/** Upright bars, one for each value. */
export function bars(points: readonly Plotted[], axis: Axis, description: string, below: string): Html {
  const longest = points.reduce((most, { label }) => Math.max(most, label.length), 0);
  const turned = longest * 7 * points.length > WIDTH - 60;
  const every = points.length > MOST_LABELS;
  return draw(
    {
      grid: { left: 4, right: 10, top: 26, bottom: 22, containLabel: true },
      xAxis: {
        ...AXIS,
        type: 'category',
        name: below,
        nameLocation: 'middle',
        nameGap: turned && !every ? 14 + longest * 6 : 26,
        data: points.map(({ label }) => label),
        axisTick: { show: false },
        axisLabel: {
          ...AXIS.axisLabel,
          rotate: turned && !every ? 60 : 0,
          ...(every ? {} : { interval: 0 }),
        },
      },
      yAxis: valueAxis(axis, false),
      series: [
        {
          type: 'bar',
          silent: true,
          barMaxWidth: 46,
          barCategoryGap: points.length > 60 ? '0%' : '30%',
          itemStyle: { color: COLOURS[0] },
          data: points.map(({ value }) => value),
        },
        whiskers(points, false),
      ],
    },
    260,
    description,
  );
}

/** Several upright bars for each label. */
export function groupedBars(
  labels: readonly string[],
  series: readonly { readonly name: string; readonly values: readonly number[] }[],
  axis: Axis,
  description: string,
  below: string,
): Html {
  const plot = draw(
    {
      grid: { left: 4, right: 10, top: axis.name === '' ? 14 : 26, bottom: 22, containLabel: true },
      xAxis: {
        ...AXIS,
        type: 'category',
        name: below,
        nameLocation: 'middle',
        nameGap: 26,
        data: [...labels],
        axisTick: { show: false },
        axisLabel: { ...AXIS.axisLabel, ...(labels.length > MOST_LABELS ? {} : { interval: 0 }) },
      },
      yAxis: valueAxis(axis, false),
      series: series.map(({ name, values }, i) => ({
        type: 'bar',
        silent: true,
        name,
        barGap: '10%',
        itemStyle: { color: COLOURS[i % COLOURS.length] },
        data: [...values],
      })),
    },
    250,
    description,
  );
  return html`${legend(series.map(({ name }, i) => [name, COLOURS[i % COLOURS.length] ?? INK, 'square']))}${plot}`;
}

/** What colours and marks stand for. In the page's own letters, whose widths nobody knows here. */
function legend(
  entries: readonly (readonly [name: string, colour: string, mark: 'square' | 'circle' | 'diamond'])[],
): Html {
  return html`<p class="legend">
    ${entries.map(
      ([name, colour, mark]) =>
        html`<span><i class="mark ${mark}" style="background:${colour}"></i>${name}</span>`,
    )}
  </p>`;
}

/** Points with error bars, one a line, the first at the top. */
export function points(values: readonly Plotted[], axis: Axis, description: string): Html {
  return draw(
    {
      grid: { left: room(values.map(({ label }) => label)), right: 16, top: 8, bottom: 46 },
      xAxis: { ...valueAxis(axis, true) },
      yAxis: {
        ...AXIS,
        type: 'category',
        inverse: true,
        data: values.map(({ label }) => label),
        axisTick: { show: false },
        axisLabel: { ...AXIS.axisLabel, interval: 0 },
        splitLine: { show: true, lineStyle: { color: GRID } },
      },
      series: [
        {
          type: 'scatter',
          silent: true,
          symbolSize: 7,
          itemStyle: { color: COLOURS[0] },
          data: values.map(({ value }, i) => [value, i]),
        },
        whiskers(values, true),
      ],
    },
    60 + 20 * Math.max(2, values.length),
    description,
  );
}

/** Amounts that were predicted and measured, one a line, on a logarithmic axis. */
export function comparison(
  rows: readonly {
    readonly label: string;
    readonly predicted?: number | undefined;
    readonly measured?: number | undefined;
  }[],
  axis: Axis,
  description: string,
): Html {
  const series = (name: string, key: 'predicted' | 'measured', colour: string, symbol: string): object => ({
    type: 'scatter',
    silent: true,
    name,
    symbol,
    symbolSize: 11,
    itemStyle: { color: colour },
    data: rows.flatMap((row, i) => {
      const value = row[key];
      return value === undefined || !(value > 0) ? [] : [[value, i]];
    }),
  });
  const plot = draw(
    {
      grid: { left: room(rows.map(({ label }) => label)), right: 24, top: 8, bottom: 46 },
      xAxis: { ...valueAxis(axis, true), type: 'log', minorSplitLine: { show: false } },
      yAxis: {
        ...AXIS,
        type: 'category',
        inverse: true,
        data: rows.map(({ label }) => label),
        axisTick: { show: false },
        splitLine: { show: true, lineStyle: { color: GRID } },
      },
      series: [
        series('predicted', 'predicted', COLOURS[1], 'diamond'),
        series('measured', 'measured', COLOURS[0], 'circle'),
      ],
    },
    52 + 30 * rows.length,
    description,
  );
  return html`${legend([
    ['predicted', COLOURS[1], 'diamond'],
    ['measured', COLOURS[0], 'circle'],
  ])}${plot}`;
}
