"""What tests of the page do with a browser: open it, wait, type, drag, let files fall on it."""

import base64
import json
import shutil
import struct
import time

import numpy as np

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = ["--no-sandbox", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"]
PATIENCE = 60.0  #: seconds; a software renderer beside other work is slow


def open_page(browser, address, **options):
    """A page that is ready; what goes wrong on it, and what it asks for, is kept."""
    usual = {"viewport": {"width": 1280, "height": 720}, "reduced_motion": "reduce"}
    page = browser.new_page(**{**usual, **options})
    page.set_default_timeout(1000 * PATIENCE)
    page.wrong, page.asked = [], []
    page.on("pageerror", lambda error: page.wrong.append(str(error)))
    page.on("console", lambda line: line.type == "error" and page.wrong.append(told(line)))
    page.on("request", lambda request: page.asked.append(request.url))
    page.goto(address)
    page.wait_for_selector("html[data-ready]")
    return page


def told(line):
    """An error of the console, and the address that it is about."""
    return f"{line.text} ({line.location['url']})"


def wait(page, expression):
    """Wait until an expression is true; its value."""
    end = time.monotonic() + PATIENCE
    while not (value := page.evaluate(expression)):
        assert time.monotonic() < end, f"never true: {expression}; {page.inner_text('#status')}"
        page.wait_for_timeout(30)
    return value


def settled(page):
    """Wait for the answer; the line that tells of it."""
    wait(page, "!document.getElementById('status').classList.contains('busy')")
    return page.inner_text("#status")


def say(page, text):
    page.fill("#prompt", text)
    page.press("#prompt", "Enter")
    return settled(page)


def shown(page):
    """The motion on the stage: positions [T 22 3]."""
    content = page.evaluate("page.store.motion.toContent()")
    numbers = np.frombuffer(base64.b64decode(content["positions"]), "<f4")
    return numbers.reshape(content["frames"], -1, 3)


def picture(page):
    """The stage's pixels."""
    page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
    return page.locator("#canvas").screenshot()


def pixel(page, place):
    """Where a place [x y z] of the world is on the screen."""
    return page.evaluate(
        """place => {
            const box = page.stage.canvas.getBoundingClientRect(), {position} = page.stage.set.camera;
            const [x, y] = page.stage.pixels(position.clone().set(...place));
            return [x + box.left, y + box.top];
        }""",
        place,
    )


def drag(page, places, steps=6):
    """Press at the first of some pixels, go through the others, and let go."""
    page.mouse.move(*places[0])
    page.mouse.down()
    for place in places[1:]:
        page.mouse.move(*place, steps=steps)
    page.mouse.up()


def drop(page, *paths, target="body"):
    """Let files fall on the page, as from a folder."""
    contents = [[base64.b64encode(path.read_bytes()).decode(), path.name] for path in paths]
    page.evaluate(
        """([contents, target]) => {
            document.getElementById("status").textContent = "";
            const dataTransfer = new DataTransfer();
            for (const [content, name] of contents) {
                const bytes = Uint8Array.from(atob(content), letter => letter.charCodeAt(0));
                dataTransfer.items.add(new File([bytes], name));
            }
            for (const kind of ["dragenter", "dragover", "drop"]) {
                const event = new DragEvent(kind, {dataTransfer, bubbles: true, cancelable: true});
                document.querySelector(target).dispatchEvent(event);
            }
        }""",
        [contents, target],
    )
    wait(page, "document.getElementById('status').textContent !== ''")
    return settled(page)


def still(path):
    """The GLB at ``path`` without its animation: a character."""
    content = path.read_bytes()
    (size,) = struct.unpack("<I", content[12:16])
    document = json.loads(content[20 : 20 + size])
    document.pop("animations")
    text = json.dumps(document).encode()
    text += b" " * (-len(text) % 4)
    rest = content[20 + size :]
    head = struct.pack("<4sII", b"glTF", 2, 20 + len(text) + len(rest))
    path.write_bytes(head + struct.pack("<I4s", len(text), b"JSON") + text + rest)
    return path
