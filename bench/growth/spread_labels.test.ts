import { expect, test } from 'vitest';
import { spreadLabels } from './spread_labels.ts';

test('spreadLabels() leaves labels that are far apart, and moves the others up', () => {
  const labels = [
    { text: 'c', at: 100 },
    { text: 'b', at: 1.1 },
    { text: 'a', at: 1 },
  ];
  expect(spreadLabels(labels, 2)).toEqual([
    { text: 'a', at: 1, y: 1 },
    { text: 'b', at: 1.1, y: 2 },
    { text: 'c', at: 100, y: 100 },
  ]);
});
