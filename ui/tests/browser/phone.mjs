// Visits the page for phones with Chromium, as `phone.mjs ADDRESS PICTURE`, and prints what became of it as JSON. Started by
// the test of the room that serves the page (src-tauri/crates/intake/tests/phone.rs), because only that room can open one.
import { chromium } from 'playwright-core';

const [address, picture] = process.argv.slice(2);
const origin = new URL(address).origin;
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox'] });
// The certificate is made for this one opening: its owner says "go on" once.
const phone = () => browser.newContext({ ignoreHTTPSErrors: true, viewport: { width: 390, height: 844 }, hasTouch: true });

const page = await (await phone()).newPage();
const trouble = [];
page.on('pageerror', (error) => trouble.push(String(error)));
page.on('console', (message) => {
  // What is refused below is meant to be; no favicon is served.
  if (message.type() === 'error' && !/status of (404|410|415)/.test(message.text())) trouble.push(message.text());
});
await page.goto(address);
const shown = { address: page.url(), heading: await page.locator('h1').textContent() };

// Both fields of the form: the camera's and the gallery's; what is no picture is told as such.
await page.setInputFiles('#shoot', picture);
await page.locator('#sent li').first().waitFor();
await page.setInputFiles('#choose', picture);
await page.locator('#sent li').nth(1).waitFor();
await page.setInputFiles('#choose', { name: 'x.jpg', mimeType: 'image/jpeg', buffer: Buffer.from('no picture') });
await page.locator('#sent li').nth(2).waitFor();
const taken = await page.locator('#sent li').evaluateAll((items) => items.map((item) => item.dataset.taken));
const words = await page.locator('#sent li').last().textContent();
const reloaded = (await page.goto(origin)).status();

// Another phone that saw the same code, and one that guesses a cookie.
const other = await (await phone()).newPage();
const second = (await other.goto(address)).status();
const guess = await other.evaluate(async () => {
  document.cookie = '__Host-mocban=guess; path=/; Secure';
  return (await fetch('/picture', { method: 'POST', body: new Blob(['picture']) })).status;
});

await browser.close();
console.log(JSON.stringify({ ...shown, taken, words, reloaded, second, guess, trouble }));
