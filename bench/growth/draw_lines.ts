import * as Plot from '@observablehq/plot';
import { parseHTML } from 'linkedom';
import { spreadLabels } from './spread_labels.ts';

/** A point of a line; both coordinates greater than 0. */
export type Point = { readonly x: number; readonly y: number };

/** One line of a drawing, in the order of x; a dashed one is there for comparison and was not measured. */
export type Line = { readonly name: string; readonly points: readonly Point[]; readonly dashed?: boolean };

/** A drawing on two logarithmic axes; points without a number, of which nothing could be measured, are left out. */
export type Drawing = {
  readonly title: string;
  readonly x: string;
  readonly y: string;
  readonly lines: readonly Line[];
};

const [WIDTH, HEIGHT] = [860, 520];
const [TOP, BOTTOM, LEFT] = [76, 56, 76];
const FONT = 15;
const corner = { frameAnchor: 'top-left', dx: 12 - LEFT } as const;
const COLOURS = ['#0b6e99', '#c2410c', '#4d7c0f', '#7e22ce', '#334155'];

/** Draws lines as an SVG document that needs nothing beside it: white ground, labels at the ends of the lines. */
export function drawLines({ title, x, y, lines: given }: Drawing): string {
  const lines = given.map((line) => ({ ...line, points: line.points.filter((point) => point.y > 0) }));
  const { document } = parseHTML('<!doctype html><body></body>');
  const domain = around(lines.flatMap(({ points }) => points.map((point) => point.y)));
  const colourOf = (line: string) => COLOURS[lines.findIndex(({ name }) => name === line) % COLOURS.length]!;
  const xs = [...new Set(lines.flatMap(({ points }) => points.map((point) => point.x)))];
  const svg = Plot.plot({
    document: document as unknown as Document,
    width: WIDTH,
    height: HEIGHT,
    marginTop: TOP,
    marginBottom: BOTTOM,
    marginLeft: LEFT,
    marginRight: 176,
    style: { fontSize: `${FONT}px`, fontFamily: 'system-ui, sans-serif', background: 'white' },
    x: { type: 'log', label: x, labelAnchor: 'center', labelArrow: 'none', ticks: xs, tickFormat: ',' },
    y: { type: 'log', label: null, domain, ticks: ticksOf(domain), tickFormat: plain, grid: true },
    marks: [
      Plot.text([title], { ...corner, dy: 16 - TOP, fontSize: 18, fontWeight: 'bold' }),
      Plot.text([y], { ...corner, dy: 40 - TOP }),
      ...lines.flatMap(({ name, points, dashed }) => [
        Plot.line(points, {
          x: 'x',
          y: 'y',
          stroke: colourOf(name),
          strokeWidth: 2.5,
          ...(dashed ? { strokeDasharray: '6 5' } : {}),
        }),
        ...(dashed ? [] : [Plot.dot(points, { x: 'x', y: 'y', fill: colourOf(name), r: 4.5 })]),
      ]),
      ...labelsOf(lines, domain).map(({ text, y: at }) =>
        Plot.text([{ x: Math.max(...xs), y: at }], {
          x: 'x',
          y: 'y',
          text: () => text,
          fill: colourOf(text),
          textAnchor: 'start',
          dx: 12,
        }),
      ),
    ],
  });
  const ground = `<rect width="${WIDTH}" height="${HEIGHT}" fill="white"></rect>`;
  return `${svg.outerHTML.replace(/^<svg[^>]*>/, (tag) => withNamespace(tag) + ground)}\n`;
}

/** From the power of ten below the least to that above the greatest. */
function around(values: readonly number[]): [number, number] {
  const [least, greatest] = [Math.min(...values), Math.max(...values)].map(Math.log10) as [number, number];
  return [10 ** Math.floor(least), 10 ** Math.max(Math.ceil(greatest), Math.floor(least) + 1)];
}

/** Powers of ten, and 2 and 5 times these where the axis has few of them. */
function ticksOf([least, greatest]: readonly [number, number]): number[] {
  const [from, to] = [Math.round(Math.log10(least)), Math.round(Math.log10(greatest))];
  const powers = Array.from({ length: to - from + 1 }, (_, at) => 10 ** (from + at));
  const steps = to - from > 2 ? [1] : [1, 2, 5];
  return powers.flatMap((power) => steps.map((step) => step * power)).filter((tick) => tick <= greatest);
}

/** Labels stand beside the lines' ends, as far apart as their height is. */
function labelsOf(lines: readonly Line[], [least, greatest]: readonly [number, number]) {
  const ratio = (greatest / least) ** ((FONT * 1.25) / (HEIGHT - TOP - BOTTOM));
  const ends = lines.map(({ name, points }) => ({ text: name, at: points.at(-1)?.y ?? least }));
  return spreadLabels(ends, ratio);
}

const plain = (value: number): string => value.toLocaleString('en', { maximumFractionDigits: 3 });

const withNamespace = (tag: string): string =>
  tag.includes('xmlns=') ? tag : tag.replace('<svg', '<svg xmlns="http://www.w3.org/2000/svg"');
