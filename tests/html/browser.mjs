// A headless Chromium, spoken to over two pipes in its own protocol: no package is needed.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const keys = {
  Enter: ['Enter', 13, '\r'], Escape: ['Escape', 27], Tab: ['Tab', 9],
  ArrowDown: ['ArrowDown', 40], ArrowUp: ['ArrowUp', 38], ArrowLeft: ['ArrowLeft', 37], ArrowRight: ['ArrowRight', 39],
  Home: ['Home', 36], End: ['End', 35], PageDown: ['PageDown', 34], PageUp: ['PageUp', 33],
};

export class Browser {
  #process; #folder; #last = 0; #waiting = new Map(); #listeners = []; #rest = Buffer.alloc(0);

  constructor(program) {
    this.#folder = mkdtempSync(join(tmpdir(), 'lockstep-browser-'));
    this.#process = spawn(program, ['--headless', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage',
      '--no-first-run', '--disable-background-networking', '--hide-scrollbars', '--force-color-profile=srgb',
      `--user-data-dir=${this.#folder}`, '--remote-debugging-pipe', 'about:blank'],
    { stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'] });
    this.#process.stdio[4].on('data', (bytes) => this.#read(bytes));
    this.ended = new Promise((done) => this.#process.on('exit', done));
    this.ended.then(() => { for (const { no } of this.#waiting.values()) no(new Error('the browser has ended')); });
  }

  #read(bytes) {
    this.#rest = Buffer.concat([this.#rest, bytes]);
    for (let end; (end = this.#rest.indexOf(0)) >= 0; this.#rest = this.#rest.subarray(end + 1)) {
      const message = JSON.parse(this.#rest.subarray(0, end).toString());
      if (message.id === undefined) { for (const l of this.#listeners) l(message); continue; }
      const { yes, no } = this.#waiting.get(message.id) ?? {};
      if (!yes) continue;
      this.#waiting.delete(message.id);
      if (message.error) no(new Error(JSON.stringify(message.error)));
      else yes(message.result);
    }
  }

  send(method, params = {}, sessionId) {
    const id = ++this.#last;
    this.#process.stdio[3].write(JSON.stringify({ id, method, params, sessionId }) + '\0');
    return new Promise((yes, no) => {
      const late = setTimeout(() => no(new Error(`${method} has no answer after 60 s: ${JSON.stringify(params).slice(0, 200)}`)), 60_000);
      const done = (how) => (x) => { clearTimeout(late); how(x); };
      this.#waiting.set(id, { yes: done(yes), no: done(no) });
    });
  }

  on(listener) { this.#listeners.push(listener); }

  async page({ width = 1360, height = 900 } = {}) {
    const { targetId } = await this.send('Target.createTarget', { url: 'about:blank' });
    const { sessionId } = await this.send('Target.attachToTarget', { targetId, flatten: true });
    const page = new Page(this, sessionId);
    await page.start(width, height);
    return page;
  }

  async close() {
    this.send('Browser.close').catch(() => {});
    await this.ended;
    rmSync(this.#folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

class Page {
  #browser; #session;
  complaints = [];  // whatever the console got, exceptions, refusals
  requests = [];

  constructor(browser, session) {
    this.#browser = browser;
    this.#session = session;
    browser.on(({ method, params, sessionId }) => {
      if (sessionId !== session) return;
      if (method === 'Runtime.exceptionThrown') this.complaints.push(params.exceptionDetails.exception?.description || params.exceptionDetails.text);
      if (method === 'Runtime.consoleAPICalled') this.complaints.push(params.args.map((a) => a.value ?? a.description).join(' '));
      if (method === 'Log.entryAdded') this.complaints.push(params.entry.text);
      if (method === 'Page.javascriptDialogOpening') {
        this.complaints.push(`a dialog: ${params.message}`);
        this.send('Page.handleJavaScriptDialog', { accept: true }).catch(() => {});
      }
      if (method === 'Network.requestWillBeSent') this.requests.push(params.request.url);
    });
  }

  send(method, params) { return this.#browser.send(method, params, this.#session); }

  async start(width, height) {
    for (const domain of ['Page', 'Runtime', 'Log', 'Network']) await this.send(`${domain}.enable`);
    await this.size(width, height);
  }

  size(width, height) { return this.send('Emulation.setDeviceMetricsOverride', { width, height, deviceScaleFactor: 1, mobile: false }); }

  async open(url) {
    await this.send('Page.navigate', { url: 'about:blank' });
    this.complaints = [];
    this.requests = [];
    await this.send('Page.navigate', { url });
    await this.until('performance.getEntriesByName("lockstep-ready").length > 0 && document.readyState === "complete"');
  }

  // The value of an expression in the page; a promise is awaited.
  async value(expression) {
    const { result, exceptionDetails } = await this.send('Runtime.evaluate', { expression, returnByValue: true, awaitPromise: true });
    if (exceptionDetails) throw new Error(exceptionDetails.exception?.description || exceptionDetails.text);
    return result.value;
  }

  async until(expression, seconds = 30) {
    const end = performance.now() + seconds * 1000;
    while (!(await this.value(`Boolean(${expression})`).catch(() => false)))
      if (performance.now() > end) throw new Error(`never came true: ${expression}\n${this.complaints.join('\n')}`);
    await this.settled();
  }

  settled() { return this.value('new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(1))))'); }

  async press(name, modifiers = 0) {
    const [key, code, text] = keys[name] || [name, name.toUpperCase().charCodeAt(0), name];
    const event = { key, windowsVirtualKeyCode: code, modifiers };
    await this.send('Input.dispatchKeyEvent', { type: text ? 'keyDown' : 'rawKeyDown', text, ...event });
    await this.send('Input.dispatchKeyEvent', { type: 'keyUp', ...event });
    await this.settled();
  }

  async write(text) {
    await this.send('Input.insertText', { text });
    await this.settled();
  }

  async mouse(type, x, y, more = {}) {
    await this.send('Input.dispatchMouseEvent', { type, x, y, button: 'left', clickCount: 1, ...more });
  }

  async click(selector) {
    const { x, y } = await this.value(`(() => { const e = document.querySelector(${JSON.stringify(selector)}); e.scrollIntoView({ block: 'nearest' });
      const b = e.getBoundingClientRect(); return { x: b.x + b.width / 2, y: b.y + b.height / 2 }; })()`);
    await this.mouse('mousePressed', x, y);
    await this.mouse('mouseReleased', x, y);
    await this.settled();
  }

  prefer(scheme) { return this.send('Emulation.setEmulatedMedia', { features: [{ name: 'prefers-color-scheme', value: scheme }] }); }

  async picture(file) {
    const { data } = await this.send('Page.captureScreenshot', { format: 'png' });
    writeFileSync(file, Buffer.from(data, 'base64'));
  }
}
