import { expect, test } from 'vitest';
import { loadOf, luaOf } from './wrk.ts';

test('luaOf() writes tables, and strings byte by byte where they need it', () => {
  expect(luaOf({ paths: ['/a', '/b'], status: 200, on: true, off: undefined })).toBe(
    '{["paths"]={"/a","/b"},["status"]=200,["on"]=true}',
  );
  expect(luaOf('say "é"\\\n1')).toBe('"say \\034\\195\\169\\034\\092\\0101"');
});

test('loadOf() reads the result and what was acknowledged, past the text of wrk itself', () => {
  const output = `Running 1s test @ http://127.0.0.1:1
  1 threads and 32 connections
Requests/sec: 2.00

result {"seconds":1.000000,"right":2,"wrong":1,"first_wrong":"500 {\\u0022a\\u0022","counter":40,"broken":0,"late":0,"p50":1.5000,"p99":3.0000}
acknowledged one
acknowledged two
`;
  expect(loadOf(output)).toEqual({
    seconds: 1,
    right: 2,
    wrong: 1,
    first_wrong: '500 {"a"',
    counter: 40,
    broken: 0,
    late: 0,
    p50: 1.5,
    p99: 3,
    acknowledged: ['one', 'two'],
  });
});

test('loadOf() does not take silence for a result', () => {
  expect(() => loadOf('unable to connect')).toThrow(/no result[\s\S]*unable to connect/);
});
