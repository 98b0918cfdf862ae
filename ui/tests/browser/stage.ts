/** Builds the window, serves it with the double behind it under the shipped security policy, and opens Chromium on it. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium, type Browser, type Page } from 'playwright-core';
import { build } from 'vite';
import { Double } from '../double';
import { middleware } from '../host';

/** As in tauri.conf.json, less the shell's own schemes. */
const policy = [
  "default-src 'self'",
  "img-src 'self' blob: data:",
  "connect-src 'self'",
  "font-src 'self'",
  "style-src 'self'",
  "script-src 'self'",
  "worker-src 'self' blob:",
  "object-src 'none'"
].join('; ');

const types: Record<string, string> = {
  '.css': 'text/css',
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
  '.woff2': 'font/woff2'
};

export class Stage {
  readonly #root = fileURLToPath(new URL('../..', import.meta.url));
  readonly #dist = mkdtempSync(join(tmpdir(), 'mocban-ui-'));
  #browser: Browser | null = null;
  #servers: Server[] = [];

  async build(): Promise<this> {
    await build({ root: this.#root, logLevel: 'error', build: { outDir: this.#dist, emptyOutDir: true } });
    this.#browser = await chromium.launch({
      executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
      args: ['--no-sandbox']
    });
    return this;
  }

  /** A window on a desk. `trouble` collects what the browser complained of. */
  async open(desk: Double, size = { width: 1366, height: 700 }): Promise<{ page: Page; trouble: string[] }> {
    const answer = middleware(desk);
    const server = createServer((request, response) =>
      answer(request, response, () => {
        const path = new URL(request.url ?? '/', 'http://localhost').pathname;
        try {
          const body = readFileSync(join(this.#dist, path === '/' ? 'index.html' : path));
          const type = types[extname(path) || '.html'] ?? 'application/octet-stream';
          response.writeHead(200, { 'content-type': type, 'content-security-policy': policy }).end(body);
        } catch {
          response.writeHead(404).end();
        }
      })
    );
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    this.#servers.push(server);
    if (!this.#browser) throw new Error('not built');
    const page = await this.#browser.newPage({ viewport: size });
    // Well before the test's own end, so that a step that waits for ever is named.
    page.setDefaultTimeout(20_000);
    // The shell freezes Object.prototype (`freezePrototype`); the window must live with it.
    await page.addInitScript('Object.freeze(Object.prototype)');
    const trouble: string[] = [];
    page.on('pageerror', (error) => trouble.push(String(error)));
    page.on('console', (message) => {
      // A refused command is a 409 by contract, and no favicon is served: neither is trouble.
      if (message.type() === 'error' && !/status of (409|404)/.test(message.text())) trouble.push(message.text());
    });
    await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    // A desk that cannot be opened says so instead.
    await page.locator('[data-testid=strip-book], [data-testid=fault]').first().waitFor();
    return { page, trouble };
  }

  async close(): Promise<void> {
    await this.#browser?.close();
    for (const server of this.#servers) {
      server.closeAllConnections();
      server.close();
    }
    rmSync(this.#dist, { recursive: true, force: true });
  }
}
