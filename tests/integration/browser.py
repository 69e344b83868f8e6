"""A real browser for the tests of the page: Chromium without a window, over two pipes of its DevTools protocol.

Source: https://chromedevtools.github.io/devtools-protocol/; with --remote-debugging-pipe messages are JSON, ended by a zero byte.
"""
import base64
import json
import os
import select
import shutil
import subprocess
import tempfile
import time

DEADLINE = 60  # seconds for anything that has to happen at all
PROGRAM = next((path for path in map(shutil.which, ("chromium", "chromium-browser", "google-chrome")) if path), None)

# What a key is called, and what it types.
KEYS = {"Enter": (13, "\r"), "Escape": (27, ""), "Tab": (9, ""), "Home": (36, ""), "End": (35, ""), "ArrowUp": (38, ""), "ArrowDown": (40, ""), "ArrowLeft": (37, ""), "ArrowRight": (39, ""),
        "Backspace": (8, ""), " ": (32, " ")}


class BrowserError(AssertionError):
    pass


class Browser:
    """One Chromium; page() opens a tab that knows nothing of the others."""

    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="psherald-browser-")
        self._next, self._buffer, self._answers, self.pages = 0, b"", {}, {}
        read, their_write = os.pipe()
        their_read, write = os.pipe()
        self._read, self._write = read, write
        # The browser reads from descriptor 3 and writes to 4; a shell puts ours there, whatever numbers they have.
        command = 'exec 3<&%d 4>&%d; exec "$0" "$@"' % (their_read, their_write)
        words = [PROGRAM, "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--disable-background-networking", "--disable-extensions", "--hide-scrollbars",
                 "--remote-debugging-pipe", "--user-data-dir=" + self.folder, "--window-size=1400,900", "about:blank"]
        environment = dict(os.environ, HOME=self.folder, TZ=os.environ.get("TZ", "UTC"))
        # bash, since dash has no descriptors beyond 9.
        self.process = subprocess.Popen(["bash", "-c", command, *words], pass_fds=(their_read, their_write), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment)
        os.close(their_read)
        os.close(their_write)

    def close(self):
        try:
            self.call("Browser.close")
        except (BrowserError, OSError):
            self.process.kill()
        self.process.wait(DEADLINE)
        os.close(self._read)
        os.close(self._write)
        shutil.rmtree(self.folder, ignore_errors=True)

    def call(self, method, session=None, **parameters):
        self._next += 1
        number = self._next
        message = {"id": number, "method": method, "params": parameters}
        if session:
            message["sessionId"] = session
        os.write(self._write, json.dumps(message).encode() + b"\0")
        end = time.monotonic() + DEADLINE
        while number not in self._answers:
            self.listen(end)
        answer = self._answers.pop(number)
        if "error" in answer:
            raise BrowserError("%s: %s" % (method, answer["error"]))
        return answer["result"]

    def listen(self, end):
        """Takes what the browser says, until something came or the time is over."""
        ready, _, _ = select.select([self._read], [], [], max(0, end - time.monotonic()))
        if not ready:
            raise BrowserError("the browser does not answer")
        self._buffer += os.read(self._read, 1 << 20)
        *messages, self._buffer = self._buffer.split(b"\0")
        for message in map(json.loads, messages):
            if "id" in message:
                self._answers[message["id"]] = message
            elif message.get("sessionId") in self.pages:
                self.pages[message["sessionId"]].happened(message["method"], message["params"])

    def page(self, width=1400, height=900, dark=False, script=True, touch=False):
        context = self.call("Target.createBrowserContext")["browserContextId"]
        target = self.call("Target.createTarget", url="about:blank", browserContextId=context)["targetId"]
        session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        return Tab(self, session, context, width, height, dark, script, touch)


class Tab:
    """What a person sees and does; `complaints` is what the console says."""

    def __init__(self, browser, session, context, width, height, dark, script, touch):
        self.browser, self.session, self.context = browser, session, context
        self.complaints, self.requests, self.held, self.loaded = [], [], [], False
        browser.pages[session] = self
        for domain in "Page", "Runtime", "Log", "Network", "Performance":
            self.call(domain + ".enable")
        self.look(width, height, dark, touch)
        if not script:
            self.call("Emulation.setScriptExecutionDisabled", value=True)

    def close(self):
        self.browser.pages.pop(self.session, None)
        self.browser.call("Target.disposeBrowserContext", browserContextId=self.context)

    def call(self, method, **parameters):
        return self.browser.call(method, self.session, **parameters)

    def happened(self, event, parameters):
        if event == "Runtime.exceptionThrown":
            details = parameters["exceptionDetails"]
            self.complaints.append(details.get("exception", {}).get("description") or details["text"])
        elif event == "Runtime.consoleAPICalled" and parameters["type"] in ("error", "warning"):
            self.complaints.append(" ".join(str(each.get("value", each.get("description"))) for each in parameters["args"]))
        elif event == "Log.entryAdded" and parameters["entry"]["level"] in ("error", "warning"):
            self.complaints.append(parameters["entry"]["text"] + " " + parameters["entry"].get("url", ""))
        elif event == "Network.requestWillBeSent":
            self.requests.append(parameters["request"]["url"])
        elif event == "Fetch.requestPaused":
            self.held.append(parameters["requestId"])
        elif event == "Page.loadEventFired":
            self.loaded = True

    def look(self, width=1400, height=900, dark=False, touch=False, forced=False):
        """The window and what its user prefers; `forced` is the contrast theme of a system."""
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
        self.call("Emulation.setTouchEmulationEnabled", enabled=touch)
        features = {"prefers-color-scheme": "dark" if dark else "light", "forced-colors": "active" if forced else "none"}
        self.call("Emulation.setEmulatedMedia", features=[{"name": name, "value": value} for name, value in features.items()])

    def open(self, url):
        self.loaded = False
        self.call("Page.navigate", url=url)
        self.wait_for_load()

    def wait_for_load(self):
        end = time.monotonic() + DEADLINE
        while not self.loaded:
            self.browser.listen(end)

    def hold(self, pattern):
        """Requests of such addresses wait until somebody lets them go."""
        self.call("Fetch.enable", patterns=[{"urlPattern": pattern}])

    def let_go(self):
        for request in self.held:
            self.call("Fetch.continueRequest", requestId=request)
        self.held = []
        self.call("Fetch.disable")

    def run(self, code):
        """The value of an expression, awaited where it is a promise."""
        answer = self.call("Runtime.evaluate", expression=code, returnByValue=True, awaitPromise=True, userGesture=True)
        if "exceptionDetails" in answer:
            raise BrowserError(code + ": " + str(answer["exceptionDetails"].get("exception", {}).get("description")))
        return answer["result"].get("value")

    def wait(self, code, what=None):
        """Until the expression is true."""
        end = time.monotonic() + DEADLINE
        while True:
            try:
                value = self.run(code)
            except BrowserError:  # the page is between two documents
                value = None
            if value not in (None, False, 0, ""):  # a node is {}
                return value
            if time.monotonic() > end:
                raise BrowserError("waited in vain until " + (what or code))
            time.sleep(0.02)

    def text(self, selector):
        return self.run("document.querySelector(%s)?.innerText" % json.dumps(selector))

    def texts(self, selector):
        return self.run("[...document.querySelectorAll(%s)].map((node) => node.innerText)" % json.dumps(selector))

    # ---- hands

    def key(self, key, *modifiers):
        flags = sum({"Alt": 1, "Control": 2, "Meta": 4, "Shift": 8}[name] for name in modifiers)
        # The codes of other signs are those of keys: 46 is Delete, and a full stop.
        code, text = KEYS.get(key, (ord(key.upper()) if key.isalnum() and len(key) == 1 else 0, key if len(key) == 1 else ""))
        event = {"key": key, "windowsVirtualKeyCode": code, "modifiers": flags}
        if text and not flags & 7:
            event["text"] = text
        self.call("Input.dispatchKeyEvent", type="keyDown", **event)
        self.call("Input.dispatchKeyEvent", type="keyUp", **event)

    def keys(self, *keys):
        for key in keys:
            self.key(key)

    def type(self, text):
        for character in text:
            self.key(character)

    def paste(self, text):
        self.run("document.activeElement.dispatchEvent(new ClipboardEvent('paste', {clipboardData: (() => { const d = new DataTransfer(); d.setData('text', %s); return d; })(), bubbles: true, cancelable: true}))" % json.dumps(text))

    def place(self, selector):
        box = self.wait("(() => { const node = document.querySelector(%s); if (!node) return null; node.scrollIntoView({block: 'nearest'}); const b = node.getBoundingClientRect();"
                        " return b.width ? {x: b.x, y: b.y, width: b.width, height: b.height} : null; })()" % json.dumps(selector), selector + " is there")
        return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2

    def mouse(self, kind, x, y, count=1, modifiers=0):
        self.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=count, modifiers=modifiers)

    def click(self, selector, modifiers=0):
        self.click_at(*self.place(selector), modifiers=modifiers)

    def click_at(self, x, y, modifiers=0):
        self.mouse("mouseMoved", x, y)
        self.mouse("mousePressed", x, y, modifiers=modifiers)
        self.mouse("mouseReleased", x, y, modifiers=modifiers)

    def drag(self, x1, y1, x2, y2):
        self.mouse("mouseMoved", x1, y1)
        self.mouse("mousePressed", x1, y1)
        for step in range(1, 6):
            self.mouse("mouseMoved", x1 + (x2 - x1) * step / 5, y1 + (y2 - y1) * step / 5)
        self.mouse("mouseReleased", x2, y2)

    # ---- eyes

    def picture(self, path):
        data = self.call("Page.captureScreenshot", format="png")["data"]
        with open(path, "wb") as file:
            file.write(base64.b64decode(data))

    def metrics(self):
        return {each["name"]: each["value"] for each in self.call("Performance.getMetrics")["metrics"]}

    def roles(self):
        """(role, name) of all that a screen reader gets."""
        # Only while somebody asks: with it each page is laid out once more, before its style is there.
        self.call("Accessibility.enable")
        nodes = self.call("Accessibility.getFullAXTree")["nodes"]
        self.call("Accessibility.disable")
        return [(node["role"]["value"], node.get("name", {}).get("value", "")) for node in nodes if not node.get("ignored")]
