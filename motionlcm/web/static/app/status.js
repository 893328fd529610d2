// The one line that says what happened, what is going on, or what went wrong.

export class Status {
  constructor(element) {
    this.element = element;
  }

  say(text) {
    this.put(text, "");
  }

  busy(text, {canStop = false} = {}) {
    this.put(`${text} …`, canStop ? "busy stoppable" : "busy");
  }

  wrong(text) {
    this.put(text, "wrong");
  }

  put(text, kind) {
    this.element.className = kind;
    this.element.textContent = this.element.title = text;
  }
}
