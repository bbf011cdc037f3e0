import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import {
  type PathPoint,
  type Segment,
  segmentToBisect,
  simpsonWeights,
} from '../../pipeline/stats/adaptive-simpson.ts';

/** Bisect until accurate enough. @returns the segments */
function refine(
  f: (at: number) => Pick<PathPoint, 'value' | 'slope'>,
  relative: number,
  absolute = 0,
): Segment<PathPoint>[] {
  const point = (at: number): PathPoint => ({ at, ...f(at) });
  const segments: Segment<PathPoint>[] = [[point(0), point(0.5), point(1)]];
  for (let round = 0; round < 200; round++) {
    const worst = segmentToBisect(segments, { relative, absolute });
    if (worst === null) return segments;
    const [start, middle, end] = segments[worst]!;
    const half = (a: PathPoint, b: PathPoint) => point((a.at + b.at) / 2);
    segments.splice(
      worst,
      1,
      [start, half(start, middle), middle],
      [middle, half(middle, end), end],
    );
  }
  throw new Error('not accurate after 200 bisections');
}

const integral = (segments: readonly Segment<PathPoint>[]): number =>
  [...simpsonWeights(segments)].reduce((sum, [{ slope }, weight]) => sum + weight * slope, 0);

suite('the integral of a slope over a path', () => {
  test('of a polynomial of degree 3 needs no bisection, and is exact', () => {
    const segments = refine((x) => ({ value: x ** 4 - x, slope: 4 * x ** 3 - 1 }), 1e-12);
    assert.equal(segments.length, 1);
    assert.ok(Math.abs(integral(segments)) < 1e-12);
  });

  test('of a sharp step is within the tolerance, with points where the step is', () => {
    const width = 0.01;
    const step = (x: number) => Math.tanh((x - 0.3) / width);
    const segments = refine((x) => ({ value: step(x), slope: (1 - step(x) ** 2) / width }), 0.01);
    assert.ok(Math.abs(integral(segments) - (step(1) - step(0))) <= 0.01 * 2);
    const points = [...simpsonWeights(segments).keys()].map(({ at }) => at);
    assert.ok(points.length < 40, `${points.length} points`);
    assert.ok(points.filter((at) => Math.abs(at - 0.3) < 0.1).length > points.length / 2);
  });

  test('ends in weights that add up to 1, each point counted once', () => {
    const segments = refine((x) => ({ value: Math.sin(9 * x), slope: 9 * Math.cos(9 * x) }), 1e-4);
    const weights = simpsonWeights(segments);
    assert.equal(weights.size, 2 * segments.length + 1);
    const total = [...weights.values()].reduce((a, b) => a + b, 0);
    assert.ok(Math.abs(total - 1) < 1e-12);
  });

  test('is not sought beyond the rounding of the values', () => {
    const noise = (x: number) => ({ value: x === 1 ? 1e-6 : 0, slope: 0 });
    assert.equal(refine(noise, 0.01, 1e-5).length, 1);
    assert.throws(() => refine(noise, 0.01), /not accurate/);
  });
});
