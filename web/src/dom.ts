type Child = Node | string | null | undefined | false;

interface Properties {
  readonly class?: string;
  /** Attributes; false and undefined leave one out, true gives an empty one. */
  readonly [attribute: string]: string | number | boolean | undefined | ((event: Event) => void);
}

/**
 * Makes an element. Strings become text, never markup, so that what devices say of themselves is only ever read.
 * A property whose name begins with `on` is a listener: `onclick` of `click`.
 */
export function h<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  properties: Properties = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[Tag] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (typeof value === 'function') element.addEventListener(name.slice(2), value);
    else if (value !== undefined && value !== false) element.setAttribute(name, value === true ? '' : String(value));
  }
  element.append(...children.filter(isChild));
  return element;
}

function isChild(child: Child): child is Node | string {
  return child !== null && child !== undefined && child !== false;
}

const svgNamespace = 'http://www.w3.org/2000/svg';

/** A line drawing of 20 by 20 in the colour of the text around it; decoration only. */
export function icon(...paths: readonly string[]): SVGSVGElement {
  const svg = document.createElementNS(svgNamespace, 'svg');
  svg.setAttribute('viewBox', '0 0 20 20');
  svg.setAttribute('class', 'icon');
  svg.setAttribute('aria-hidden', 'true');
  for (const path of paths) {
    const element = document.createElementNS(svgNamespace, 'path');
    element.setAttribute('d', path);
    svg.append(element);
  }
  return svg;
}

/** Writes text only where it changes, so that screen readers and selections are left alone. */
export function setText(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}
