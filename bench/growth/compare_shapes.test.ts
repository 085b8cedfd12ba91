import { expect, test } from 'vitest';
import { compareShapes } from './compare_shapes.ts';
import { taggingDocument } from './documents.ts';

const tag = { id: 1, tag: 'a', incarnation: 'b' };

test('compareShapes() finds nothing between two documents of one kind', () => {
  expect(compareShapes(taggingDocument(tag, 'x'), taggingDocument({ ...tag, id: 2 }, 'y'))).toEqual([]);
});

test('compareShapes() names what is absent on either side, and another type', () => {
  const seeded = { a: 1, at: new Date(), delta: ['x'], same: null };
  const stored = { b: 1, at: '2026', delta: ['x', 'y'], same: null };
  expect(compareShapes(seeded, stored)).toEqual([
    'a: seeded number, stored absent',
    'at: seeded date, stored string',
    'b: seeded absent, stored number',
    'delta.1: seeded absent, stored string',
  ]);
});
