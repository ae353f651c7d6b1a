import type { Size } from "./layout";

const STEP = 1.25;
const SMALLEST = 0.05;
const LARGEST = 3;
const MARGIN = 24;
const FAR = 0.5; // where columns cannot be read, and names take their place

/**
 * The part of the drawing that is seen.
 *
 * It is moved by scrolling, so that wheel, touch, keys and focus do what they do everywhere.
 */
export class Viewport {
  readonly #frame: HTMLElement;
  readonly #sheet: HTMLElement;
  readonly #canvas: HTMLElement;
  #size: Size = { width: 0, height: 0 };
  #zoom = 1;

  /** `frame` scrolls `sheet`, which has the size of the zoomed drawing and holds `canvas`, which is zoomed. */
  constructor(frame: HTMLElement, sheet: HTMLElement, canvas: HTMLElement) {
    this.#frame = frame;
    this.#sheet = sheet;
    this.#canvas = canvas;
    frame.addEventListener("wheel", (event) => this.#wheel(event), { passive: false });
    frame.addEventListener("pointerdown", (event) => this.#drag(event));
  }

  show(size: Size): void {
    this.#size = size;
    this.#apply();
  }

  zoomIn(): void {
    this.#zoomTo(this.#zoom * STEP);
  }

  zoomOut(): void {
    this.#zoomTo(this.#zoom / STEP);
  }

  /** Shows the whole drawing, or as much of it as `smallest` leaves legible. */
  fit(smallest = SMALLEST): void {
    const { clientWidth, clientHeight } = this.#frame;
    const across = (clientWidth - 2 * MARGIN) / this.#size.width;
    const down = (clientHeight - 2 * MARGIN) / this.#size.height;
    this.#zoom = clamp(Math.min(across, down, 1), smallest);
    this.#apply();
  }

  /** Keeps the point of the drawing that is under a point of the frame, its middle otherwise. */
  #zoomTo(zoom: number, x = this.#frame.clientWidth / 2, y = this.#frame.clientHeight / 2): void {
    const next = clamp(zoom, SMALLEST);
    const ratio = next / this.#zoom;
    const { scrollLeft, scrollTop } = this.#frame;
    this.#zoom = next;
    this.#apply();
    this.#frame.scrollTo({
      left: (scrollLeft + x - MARGIN) * ratio - x + MARGIN,
      top: (scrollTop + y - MARGIN) * ratio - y + MARGIN,
      behavior: "instant",
    });
  }

  #apply(): void {
    this.#sheet.style.width = `${this.#size.width * this.#zoom}px`;
    this.#sheet.style.height = `${this.#size.height * this.#zoom}px`;
    this.#canvas.style.transform = `scale(${this.#zoom})`;
    this.#canvas.style.setProperty("--zoom", String(this.#zoom));
    this.#canvas.classList.toggle("far", this.#zoom < FAR);
  }

  #wheel(event: WheelEvent): void {
    if (!event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    const { left, top } = this.#frame.getBoundingClientRect();
    this.#zoomTo(this.#zoom * Math.exp(-event.deltaY / 300), event.clientX - left, event.clientY - top);
  }

  #drag(start: PointerEvent): void {
    if (start.pointerType !== "mouse" || start.button > 1) return;
    const { scrollLeft, scrollTop } = this.#frame;
    const move = (event: PointerEvent) =>
      this.#frame.scrollTo({
        left: scrollLeft + start.clientX - event.clientX,
        top: scrollTop + start.clientY - event.clientY,
        behavior: "instant",
      });
    const end = new AbortController();
    window.addEventListener("pointermove", move, { signal: end.signal });
    for (const name of ["pointerup", "pointercancel"]) {
      window.addEventListener(name, () => end.abort(), { signal: end.signal });
    }
  }
}

function clamp(zoom: number, smallest: number): number {
  return Math.min(LARGEST, Math.max(smallest, zoom));
}
