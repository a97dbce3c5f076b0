import { defineConfig } from 'vitest/config';

const node = {
  environment: 'node',
  testTimeout: 20_000,
  hookTimeout: 20_000,
  expect: { poll: { timeout: 10_000 } }, // a busy machine is slow, not wrong
} as const;

export default defineConfig({
  test: {
    maxWorkers: 3, // also on one core or two: most of a test's time is waiting
    projects: [
      { test: { ...node, name: 'course', include: ['tests/course.test.ts'] } },
      {
        test: {
          ...node,
          name: 'unit',
          include: ['tests/**/*.test.ts'],
          exclude: ['tests/course.test.ts', 'tests/lessons/**', 'tests/browser/**'],
        },
      },
      { test: { ...node, name: 'lessons', include: ['tests/lessons/**/*.test.ts'] } },
    ],
  },
});
