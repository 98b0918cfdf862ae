import { svelteTesting } from '@testing-library/svelte/vite';
import { defineConfig, mergeConfig } from 'vitest/config';
import app from './vite.config.ts';

export default mergeConfig(
  app,
  defineConfig({
    plugins: [svelteTesting()],
    test: {
      environment: 'jsdom',
      include: ['tests/*.test.ts'],
      setupFiles: ['tests/setup.ts'],
      // The path through the whole job takes seconds on a small shared machine.
      testTimeout: 30_000
    }
  })
);
